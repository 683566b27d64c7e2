"""Cancellations: agents drop what they do for a conversation that nobody wants any more.

The conversation itself stops where it was begun. Here the agents that take part in it are told,
in whatever process, so that they are free for other messages, and nothing more is paid for.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final

import attrs

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.packets import Cancel
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Onward
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.reply import ReplyTurn

__all__ = ["Cancellations"]

KEPT: Final = 4096  # ids of what was cancelled last; messages of it may still be on their way


class Cancellations:
    """Lets agents drop what was cancelled.

    Args:
        runtime: the runtime of this process.
    """

    def __init__(self, runtime: RuntimePort) -> None:
        self._runtime = runtime
        self._ids: dict[str, None] = {}

    def cancel(self, agent: AgentRef, id: str) -> None:
        """Let an agent of any process drop what it does for a conversation, call or question.

        If the agent began the conversation, and it goes on, it stops with ``CANCELLED``.
        """
        with contextlib.suppress(AgentCoreError):  # the agent's process has ended
            self._runtime.send_to(agent.place, Cancel(id, agent.address))

    def receive(self, packet: Cancel) -> None:
        """Let an agent of this process drop it: turns under way, and messages that wait for one."""
        runtime = self._runtime
        chat = runtime.chats.get(packet.id)
        if chat is not None:
            chat.cancel()  # which tells both agents
            return
        self._note(packet.id)
        mailbox = runtime.mailboxes.get(packet.agent)
        if mailbox is None:
            return
        for turn in dict.fromkeys((*mailbox.awaiting(), mailbox.turn)):  # a set has no fixed order
            if turn is not None and turn.cause == packet.id:
                turn.withdraw()

    def was_cancelled(self, id: str) -> bool:
        """Say whether something was cancelled, a short while ago."""
        return id in self._ids

    def _note(self, id: str) -> None:
        """Remember an id: a turn of it may be about to begin, or a message of it may yet arrive."""
        ids = self._ids
        if not ids:  # until now, no message was looked up, so that most systems pay nothing for it
            self._runtime.turns = {**self._runtime.turns, Envelope: self._take_unless_cancelled}
        ids[id] = None
        if len(ids) > KEPT:
            with contextlib.suppress(KeyError):  # another thread removed it
                del ids[next(iter(ids))]

    def _take_unless_cancelled(self, mailbox: Mailbox, received: Envelope) -> Onward:
        """Take the turn on a message; one of a cancelled conversation is recorded, and no more.

        It is recorded because its sender has it in the history, too.
        """
        conversation: Any = received.conversation
        if conversation.id in self._ids:
            conversation = attrs.evolve(conversation, wanted=False)
            received = attrs.evolve(received, conversation=conversation)
        return ReplyTurn.take(mailbox, received)
