"""The dispatcher: takes envelopes and packets to agents here, or to other processes.

What cannot be delivered is refused: whoever waits for it is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from agentcore.base import logger
from agentcore.base.error_words import words_of
from agentcore.base.errors import AgentCoreError, AgentNotFoundError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, agent_died, as_chat_error
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import (
    Answer,
    AskAll,
    AskAllReply,
    Begin,
    Call,
    Question,
    Stopped,
)
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.runtime.ask_all import refused_part
from agentcore.runtime.duplicates import DuplicateFilter
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.registry import AgentRegistry
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.table import TURNS

__all__ = ["Dispatcher"]


class Dispatcher:
    """Takes each envelope and packet to the agent or part of the runtime that it is for.

    Args:
        runtime: the runtime of this process.
        registry: the agents of this process.

    Attributes:
        handlers: functions that take packets from other processes, by the packet's type; the
            runtime adds those of its other parts.
        questions: functions that take a `Question`, by what it asks; likewise.
    """

    def __init__(self, runtime: RuntimePort, registry: AgentRegistry) -> None:
        self._runtime = runtime
        self._registry = registry
        self._duplicates = DuplicateFilter()
        self.handlers: dict[type, Callable[[Any], None]] = {
            Envelope: self._receive_envelope,
            Begin: self.request,
            Call: self.request,
            Stopped: self._stopped,
            AskAll: self._ask_all,
            AskAllReply: self.take_ask_all_reply,
            Question: self._receive_question,
        }
        self.questions: dict[str, Callable[[Question], None]] = {}

    # --- to an agent ----------------------------------------------------------------------------

    def deliver(self, item: Any, to: AgentRef) -> Mailbox | None:
        """Deliver an envelope, a `Begin` or a `Call`; see `RuntimePort.deliver`."""
        runtime = self._runtime
        mailbox = runtime.mailboxes.get(to.address)
        if mailbox is not None:
            return mailbox.post(item)
        if to.place != runtime.place:
            runtime.backend.carry(to.place, item)
            return None
        self._registry.check_open()
        mailbox = self._registry.pools.member(to)
        if mailbox is not None:
            return mailbox.post(item)
        raise self._registry.not_found(to.name)

    def request(self, item: Any) -> None:
        """Deliver an item and schedule its mailbox; if it cannot be delivered, refuse it."""
        try:
            mailbox = self.deliver(item, item.to)
        except AgentCoreError as error:
            self.refuse(item, error)
        else:
            if mailbox is not None:
                self._runtime.schedule(mailbox)

    # --- between processes ----------------------------------------------------------------------

    def receive(self, packet: Any) -> None:
        """Take an envelope or packet that another process sent to this one."""
        self.handlers[type(packet)](packet)

    def send_to(self, place: str, packet: Any) -> None:
        """Send a packet to the process at ``place``, which may be this process."""
        if place == self._runtime.place:
            self.receive(packet)
        else:
            self._runtime.backend.carry(place, packet)

    def _receive_envelope(self, envelope: Envelope) -> None:
        if not self._duplicates.came_before(envelope):
            self.request(envelope)

    def _receive_question(self, question: Question) -> None:
        self.questions[question.what](question)

    def _ask_all(self, packet: AskAll) -> None:
        for envelope in packet.envelopes():
            self._receive_envelope(envelope)

    def take_ask_all_reply(self, packet: AskAllReply) -> None:
        """Take the reply to one part of a question to many."""
        pending = self._runtime.ask_alls.get(packet.id)
        if pending is not None:
            pending.take(packet)

    def _stopped(self, packet: Stopped) -> None:
        chat = self._runtime.chats.get(packet.id)
        if chat is None:
            logger.debug("conversation {} had stopped already", packet.id)
            return
        if packet.undelivered:
            self._take_back(chat)
        chat.stop(packet.reason, packet.unused, packet.nested, packet.error)

    def _take_back(self, chat: InitiatedChat) -> None:
        """Record the last message of a conversation nowhere, since it did not reach its agent."""
        message, conversation = chat.take_back(), chat.conversation
        if chat.is_unopened and chat.undo is not None:
            chat.undo()
            return
        mailbox = self._runtime.mailboxes.get(conversation.initiator.address)
        if mailbox is not None:
            mailbox.agent._memory.history_with(conversation.recipient.key).forget(message)

    # --- failures -------------------------------------------------------------------------------

    def refuse(self, item: Any, error: AgentCoreError) -> None:
        """Tell whoever waits for the outcome of ``item`` that it did not reach its agent."""
        unused, name = item.exchange.budget, item.to.name
        if type(item) is not Envelope:
            self.send_to(item.asker, Answer(item.id, Outcome(None, unused, error)))
            return
        conversation, failure = item.conversation, as_chat_error(error, name)
        # Nothing was begun then, so that there is no conversation that the error could be of.
        unopened = item.opening and item.route is None and type(error) is AgentNotFoundError
        reason = StopReason(StopKind.FAILED, name, detail=str(failure))
        if conversation.part >= 0:
            self.send_to(conversation.initiator.place, refused_part(item, failure))
        elif item.to_initiator:
            logger.info("a reply to {} was dropped: {}", name, error)
            chat = self._runtime.chats.get(conversation.id)
            if chat is not None:
                chat.stop(reason, unused, error=failure)
        else:
            # A forwarded message was said by another agent before, so it stays in the transcript.
            undelivered = item.route is None
            cause = error if unopened else failure
            packet = Stopped(conversation.id, reason, unused, (), cause, undelivered)
            self.send_to(conversation.initiator.place, packet)

    def refuse_all(self, packet: AskAll, error: AgentCoreError) -> None:
        """Refuse each part of a question to many that did not reach its process."""
        for envelope in packet.envelopes():
            self.refuse(envelope, error)

    def broken(self, item: Any, error: BaseException) -> None:
        """Report that a turn failed in agentcore itself, and let the conversation fail.

        That is a bug. Without this, whoever waits for the conversation would wait for ever.
        """
        logger.error("a turn failed outside of its rules; this is a bug", cause=error)
        if type(item) in TURNS:
            failure = AgentDiedError(
                f"the turn of agent {item.to.name!r} failed in agentcore itself, with "
                f"{words_of(error)}; please report this",
                agent=item.to.name,
            )
            with contextlib.suppress(AgentCoreError):  # the process of whoever waits has ended
                self.refuse(item, failure)

    def left_over(self, item: Any, name: str) -> None:
        """Let an item fail that was in the mailbox of an agent that was closed."""
        if type(item) in TURNS:
            self.refuse(item, AgentDiedError(f"agent {name!r} was closed", agent=name))
        else:
            item.dead(f"agent {name!r}")

    def lost(self, place: str) -> None:
        """Let conversations with agents of a process that ended fail, and questions to them."""
        for chat in list(self._runtime.chats.values()):
            name = chat.conversation.recipient.name
            if chat.conversation.recipient.place == place:
                error = agent_died(name)
                chat.stop(
                    StopReason(StopKind.FAILED, name, detail=str(error)), chat.budget, error=error
                )
        for pending in list(self._runtime.ask_alls.values()):
            pending.lost(place)
