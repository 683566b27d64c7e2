"""Replies that are no messages to the peer: handing off, forwarding, and stopping."""

from __future__ import annotations

import attrs

from agentcore.base import logger
from agentcore.base.errors import AgentCoreError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ReplyTypeError, as_agent_died
from agentcore.protocol.decisions import ForwardReply, Handoff, StopReply
from agentcore.protocol.envelope import Route, conversation_with, envelope, route_of
from agentcore.protocol.handoff_trail import news
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.state import REPLY, Passed, Replied, Stop
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transitions import on_passed, on_replied
from agentcore.protocol.usage import with_usage
from agentcore.runtime.initiated_chat import InitiatedChat
from agentcore.runtime.ports import Onward
from agentcore.runtime.turns.handoff_targets import note_handoff, target, trail_of
from agentcore.runtime.turns.message_turn import MessageTurn

__all__ = ["forward", "forward_to", "hand_off", "refusal", "stop_by_reply"]

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
    if logger.listener is not None and logger.is_heard(__name__):
        me, how = before.initiator.name, turn.decided_by()
        logger.info("{} passed a message of {} on to {}, by {}", me, turn.peer.name, to.name, how)
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
    by = me if turn.chat is None else turn.peer.name if reply.message is None else me
    try:
        to = target(turn, reply.to)
        message = turn.runtime.check_message(reply.message_of(received.message, me, to.name, by))
    except BaseException as error:
        return turn.fail(error, turn.rule_name)
    why_not = refusal(turn, to)
    if why_not:
        return turn.fail(ReplyTypeError(f"{me!r} {why_not}"), turn.rule_name)
    if turn.usage is not None:
        message = with_usage(message, turn.usage)
    turn.exchange, effect = on_replied(turn.exchange, AUTOMATIC)
    if effect is not REPLY:
        assert type(effect) is Stop
        return turn.stop(effect.kind)
    note = reply.note(to.name) if reply.message is None else None
    if turn.chat is None:
        return _ask_initiator(turn, message, to, note)
    return _hand_off_own(turn, turn.chat, message, to, note)


def refusal(turn: MessageTurn, to: AgentRef) -> str:
    """Return why the turn's conversation cannot be handed off to ``to``; empty if it can be."""
    if to.address == turn.mailbox.ref.address:
        return "handed off to itself: return a reply, or hand off to another agent"
    if turn.received.conversation.part >= 0:
        return f"handed off a question to many to {to.name!r}: it wants an answer"
    return ""


def _ask_initiator(
    turn: MessageTurn, message: Message, to: AgentRef, note: Message | None
) -> Onward:
    """Record a handoff of the recipient, and send it to the initiator, which forwards it.

    Args:
        note: what both record in place of the message, because the initiator said it itself.
    """
    if turn.abandoned:
        return None  # the conversation has failed already, when the agent was closed
    history = turn.history
    # What the agent itself said last is a call that its model handed off with, and its result.
    recorded = note is None or not history.mine or not history.mine[-1]
    if recorded:
        history.record(note or message, True)
    route = Route(handoff=to) if note is None else Route(earlier=(note,), handoff=to, again=True)
    onward = envelope(
        turn.received.conversation, message, turn.exchange, True, turn.nested, "", False, route
    )
    if logger.listener is not None and logger.is_heard(__name__):
        logger.info("{} handed off to {}, by {}", turn.mailbox.ref.name, to.name, turn.decided_by())
    try:
        return turn.runtime.deliver(onward, turn.peer)
    except AgentCoreError as error:
        if recorded:
            history.forget_last()
        return turn.fail(as_agent_died(error, turn.peer.name), turn.rule_name)


def _hand_off_own(
    turn: MessageTurn, chat: InitiatedChat, message: Message, to: AgentRef, note: Message | None
) -> Onward:
    """Hand off a conversation that the turn's agent itself began."""
    turn.rule_name = turn.rule_name or "handoff"
    nested, turn.nested = turn.nested, ()  # `note` puts them into the transcript
    try:
        condition = chat.note(message, nested, turn.exchange.budget, True, to)
    except BaseException as error:  # a condition of the user's raised
        return turn.fail(error, "until")
    if condition:
        return turn.stop(StopKind.CONDITION, condition)
    history = turn.history
    if note is not None and not history.mine[-1]:
        history.record(note, True)
    turn.exchange = attrs.evolve(turn.exchange, mine=turn.exchange.theirs)
    return forward_to(turn, to, message)


def forward_to(turn: MessageTurn, to: AgentRef, message: Message) -> Onward:
    """Forward a message to the agent that takes over, and record it in the history with it.

    If that agent gets its first message of the conversation, and the conversation began with
    ``clear_history``, the history with it is cleared before. If it had handed the conversation off
    itself, it is told what came of that.
    """
    chat = turn.chat
    assert chat is not None
    opening = chat.meets(to.address)
    memory, route = turn.mailbox.agent._memory, turn.received.route
    history = memory.history_with(to.key)
    said = turn.received.message  # as the history with who hands off has it
    if route is not None and route.again:  # what this agent said, is said to ``to`` now
        said = _last_own(turn.history) or said
        message = Message(**{**dict(message), "name": said.name})
    earlier: tuple[Message, ...] = ()
    trail = trail_of(turn, turn.inherited.session)
    if trail is not None:
        earlier = news(trail.after(to.key), memory.histories, lambda each: each is said)
    if opening and turn.received.conversation.fresh:
        history.clear()
    history.record(message, True)
    note_handoff(turn, turn.peer.key, to, history)
    return forward(turn, ForwardReply(to, message, earlier, opening=opening))


def _last_own(history: History) -> Message | None:
    """Return the last message that the agent itself said."""
    index = history.mine.rfind(1)
    return None if index < 0 else history.said[index]
