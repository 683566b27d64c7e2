"""The hooks of an agent in its turns: on what it receives, and on what it sends."""

from __future__ import annotations

from typing import Any

import attrs

from agentcore.base.steps import Steps, run_async, run_now
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.runtime.turns.message_turn import MessageTurn
from agentcore.runtime.turns.turn import Turn
from agentcore.runtime.turns.waits import waits_of

__all__ = [
    "a_hooked_message",
    "hooked",
    "hooked_handoff",
    "hooked_message",
    "hooked_reception",
    "hooked_reply",
]


def hooked_reception(turn: MessageTurn) -> Steps:
    """Return the steps in which hooks change what the turn has received.

    A message of a group comes with those that the agent has not heard yet; these are changed too.
    """
    agent, received = turn.mailbox.agent, turn.received
    hooks, route = agent._hooks, received.route
    assert hooks is not None
    if route is None or not route.again:  # what it said itself, it does not receive
        message = yield from hooks.on_received(agent, received.message, turn.peer)
        received = attrs.evolve(received, message=message)
    if route is not None and route.earlier:
        earlier = []
        for each in route.earlier:
            earlier.append((yield from hooks.on_received(agent, each, turn.peer)))
        received = attrs.evolve(received, route=attrs.evolve(route, earlier=tuple(earlier)))
    turn.received = received


def hooked_reply(turn: MessageTurn, message: Message) -> Steps:
    """Return the steps in which hooks change a reply; their value is the message to send."""
    return hooked(turn, message, turn.peer, False)


def hooked_handoff(turn: MessageTurn, reply: Handoff) -> Steps:
    """Return the steps in which hooks change what the agent says to whom it hands off to."""
    message = turn.received.message if reply.message is None else as_message(reply.message)
    return Handoff(reply.to, (yield from hooked(turn, message, reply.to, False)))


def hooked(turn: Turn, message: MessageLike, recipient: Any, silent: bool) -> Steps:
    """Return the steps in which hooks change a message; their value is the message to send.

    Args:
        recipient: who gets it, as it was given; of a question to many, a tuple of them.
        silent: whether nothing of it is printed.
    """
    runtime, agent = turn.runtime, turn.mailbox.agent
    hooks = agent._hooks
    assert hooks is not None
    checked = runtime.check_message(message)
    to = runtime.resolve(recipient) if isinstance(recipient, str) else recipient
    changed = yield from hooks.before_send(agent, checked, to, silent or turn.inherited.silent)
    return runtime.check_message(changed)


def hooked_message(
    turn: Turn, message: MessageLike, recipient: AgentLike | tuple[AgentLike, ...], silent: bool
) -> MessageLike:
    """Return what hooks make of a message; an ``async def`` hook blocks the thread meanwhile.

    Raises:
        ReplyError: a hook raised, or returned no message.
    """
    if turn.mailbox.agent._hooks is None:
        return message
    steps = hooked(turn, message, recipient, silent)
    changed: Message = run_now(steps, waits_of(turn).hold_for)
    return changed


async def a_hooked_message(
    turn: Turn, message: MessageLike, recipient: AgentLike | tuple[AgentLike, ...], silent: bool
) -> MessageLike:
    """`hooked_message` for ``async def`` rules."""
    if turn.mailbox.agent._hooks is None:
        return message
    changed: Message = await run_async(hooked(turn, message, recipient, silent))
    return changed
