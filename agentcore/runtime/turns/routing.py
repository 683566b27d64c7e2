"""Replies that are no messages to the peer: handing off, forwarding, and stopping."""

from __future__ import annotations

import attrs

from agentcore.base.errors import AgentCoreError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ReplyTypeError, as_agent_died
from agentcore.protocol.decisions import ForwardReply, Handoff, StopReply
from agentcore.protocol.envelope import Route, conversation_with, envelope, route_of
from agentcore.protocol.message import Message
from agentcore.protocol.sessions import as_peer
from agentcore.protocol.state import REPLY, Passed, Replied, Stop
from agentcore.protocol.transcript import StopKind
from agentcore.protocol.transitions import on_passed, on_replied
from agentcore.runtime.ports import Onward
from agentcore.runtime.turns.message_turn import MessageTurn

__all__ = ["forward", "forward_to", "hand_off", "stop_by_reply"]

AUTOMATIC = Replied()
FORWARDED = Route(passed=True)
passed = fast_constructor(Passed)


def stop_by_reply(turn: MessageTurn, reply: StopReply) -> Onward:
    """Stop the conversation for the reason that the reply names."""
    event = Replied(speaks=False, kind=reply.kind)
    turn.exchange, effect = on_replied(turn.exchange, event)
    assert type(effect) is Stop
    return turn.stop(effect.kind, reply.detail)


def forward(turn: MessageTurn, reply: ForwardReply) -> Onward:
    """Forward a message to another agent, which becomes the recipient of the conversation.

    Only the initiator can do this.
    """
    chat = turn.chat
    assert chat is not None
    if chat.stopped or turn.abandoned:
        return None
    turn.exchange, effect = on_passed(turn.exchange, passed(reply.mine))
    if effect is not REPLY:
        assert type(effect) is Stop
        return turn.stop(effect.kind)
    before, to = turn.received.conversation, reply.to
    conversation = conversation_with(
        before.id, before.initiator, to, before.inherited, before.fresh, before.wanted, -1
    )
    chat.move_to(conversation, None if chat.rules else turn.mailbox.forward)
    plain = not reply.earlier and not reply.again
    route = FORWARDED if plain else route_of(True, reply.earlier, None, reply.again)
    onward = envelope(
        conversation, reply.message, turn.exchange, False, (), "", reply.opening, route
    )
    try:
        mailbox = turn.runtime.mailboxes.get(to.address)
        return turn.runtime.deliver(onward, to) if mailbox is None else mailbox.post(onward)
    except AgentCoreError as error:
        return turn.fail(as_agent_died(error, to.name), turn.rule_name)


def hand_off(turn: MessageTurn, reply: Handoff) -> Onward:
    """Hand the conversation off to another agent.

    The recipient sends the message to the initiator, which forwards it; the initiator itself
    forwards it at once.
    """
    received, me = turn.received, turn.mailbox.ref.name
    try:
        found = turn.runtime.resolve_hosted(reply.to)
        initiator = received.conversation.initiator
        to = as_peer(found, turn.inherited.session, initiator)
        message = turn.runtime.check_message(reply.message_of(received.message, me, to.name))
    except BaseException as error:
        return turn.fail(error, turn.rule_name)
    if to.address == turn.mailbox.ref.address:
        text = f"{me!r} handed off to itself: return a reply, or hand off to another agent"
        return turn.fail(ReplyTypeError(text), turn.rule_name)
    if received.conversation.part >= 0:
        text = f"{me!r} handed off a question to many to {to.name!r}: it wants an answer"
        return turn.fail(ReplyTypeError(text), turn.rule_name)
    turn.exchange, effect = on_replied(turn.exchange, AUTOMATIC)
    if effect is not REPLY:
        assert type(effect) is Stop
        return turn.stop(effect.kind)
    chat = turn.chat
    if chat is None:
        return turn.send(message, to)
    turn.rule_name = turn.rule_name or "handoff"
    nested, turn.nested = turn.nested, ()  # `note` puts them into the transcript
    try:
        condition = chat.note(message, nested, turn.exchange.budget, True, to)
    except BaseException as error:  # a condition of the user's raised
        return turn.fail(error, "until")
    if condition:
        return turn.stop(StopKind.CONDITION, condition)
    turn.exchange = attrs.evolve(turn.exchange, mine=turn.exchange.theirs)
    return forward_to(turn, to, message)


def forward_to(turn: MessageTurn, to: AgentRef, message: Message) -> Onward:
    """Forward a message to the agent that takes over, and record it in the history with it.

    If that agent gets its first message of the conversation, and the conversation began with
    ``clear_history``, the history with it is cleared before.
    """
    chat = turn.chat
    assert chat is not None
    opening = chat.meets(to.address)
    history = turn.mailbox.agent._memory.history_with(to.key)
    if opening and turn.received.conversation.fresh:
        history.clear()
    history.record(message, True)
    return forward(turn, ForwardReply(to, message, opening=opening))
