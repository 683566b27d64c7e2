"""Replies that go elsewhere: handed off, passed on, gathered; and how a turn stops."""

from __future__ import annotations

from typing import Any

import attrs

from agentcore.base.errors import AgentCoreError, BudgetSpentError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import (
    AgentDiedError,
    ChatTimeoutError,
    ReplyTypeError,
    gone,
    named,
)
from agentcore.protocol.decisions import ForwardReply, Handoff, StopReply
from agentcore.protocol.envelope import (
    Envelope,
    Route,
    Stopped,
    ask_all_reply,
    conversation_with,
    envelope,
    route_of,
)
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import StopKind, StopReason
from agentcore.protocol.transitions import (
    REPLY,
    RUN_RULES,
    UNLIMITED,
    Failed,
    HumanMode,
    Passed,
    Phase,
    Received,
    Replied,
    Stop,
    on_passed,
    on_received,
    on_replied,
    step,
)
from agentcore.runtime.backend import Runnable
from agentcore.runtime.chat import InitiatedChat
from agentcore.runtime.turns.fan_out import Turn

__all__ = ["AUTOMATIC", "MessageTurn", "Onward"]

Onward = Runnable | None
AUTOMATIC = Replied()
PASSED = Route(passed=True)
passed = fast_constructor(Passed)


class MessageTurn(Turn):
    """A turn on a message, as far as its reply does not simply go back to who said it."""

    _rule = ""
    _abandoned = False
    _chat: InitiatedChat | None = None
    _received: Envelope
    _peer: AgentRef
    _history: History

    @property
    def is_initiators(self) -> bool:  # type: ignore[override]
        """Whether it is on an answer, in a conversation that the agent began."""
        return self._received.to_initiator

    @property
    def begins_anew(self) -> bool:
        """Whether it is the first of a conversation before which both forget what was said."""
        return self._received.opening and self._received.conversation.fresh

    def _halt(self, reply: StopReply) -> Onward:
        self.exchange, effect = on_replied(self.exchange, Replied(speaks=False, kind=reply.kind))
        assert type(effect) is Stop
        return self._stop(effect.kind, reply.detail)

    def _pass_on(self, reply: ForwardReply) -> Onward:
        """Let the conversation, which is this agent's, go on with another recipient."""
        chat = self._chat
        assert chat is not None
        if chat.stopped or self._abandoned:
            return None
        self.exchange, effect = on_passed(self.exchange, passed(reply.mine))
        if effect is not REPLY:
            assert type(effect) is Stop
            return self._stop(effect.kind)
        before, to = self._received.conversation, reply.to
        conversation = conversation_with(
            before.id, before.initiator, to, before.inherited, before.fresh, before.wanted, -1
        )
        chat.move_to(conversation, None if chat.rules else self.mailbox)
        plain = not reply.earlier and not reply.again
        route = PASSED if plain else route_of(True, reply.earlier, None, reply.again)
        onward = envelope(
            conversation, reply.message, self.exchange, False, (), "", reply.opening, route
        )
        try:
            mailbox = self.runtime.mailboxes.get(to.name)
            return self.runtime.deliver(onward, to) if mailbox is None else mailbox.post(onward)
        except AgentCoreError as error:
            return self._fail(gone(error, to.name), self._rule)

    def _hand_off(self, reply: Handoff) -> Onward:
        """Let the conversation go on with another agent, by the initiator, who is told."""
        received, me = self._received, self.mailbox.ref.name
        try:
            to = self.runtime.resolve_hosted(reply.to)
            message = self.runtime.check_message(reply.message_of(received.message, me, to.name))
        except Exception as error:
            return self._fail(error, self._rule)
        if to.name == me:
            text = f"{me!r} handed off to itself: return a reply, or hand off to another agent"
            return self._fail(ReplyTypeError(text), self._rule)
        if received.conversation.part >= 0:
            text = f"{me!r} handed off a question to many to {to.name!r}: it wants an answer"
            return self._fail(ReplyTypeError(text), self._rule)
        self.exchange, effect = on_replied(self.exchange, AUTOMATIC)
        if effect is not REPLY:
            assert type(effect) is Stop
            return self._stop(effect.kind)
        if self._chat is None:
            return self._send(message, to)
        self._rule = self._rule or "handoff"
        try:
            condition = self._chat.note(message, self.nested, self.exchange.budget, True, to)
        except BaseException as error:  # a condition of the user's raised
            return self._fail(error, "until")
        self.nested = ()
        if condition:
            return self._stop(StopKind.CONDITION, condition)
        self.exchange = attrs.evolve(self.exchange, mine=self.exchange.theirs)
        return self._pass_to(to, message)

    def _hand_on(self, event: Received, to: AgentRef, condition: str) -> Onward:
        """The recipient handed the conversation off: it goes on with ``to``."""
        event = attrs.evolve(event, limit=UNLIMITED, mode=HumanMode.NEVER)
        self.exchange, effect = on_received(self.exchange, event)
        if effect is not RUN_RULES:
            assert type(effect) is Stop
            return self._stop(effect.kind, condition if effect.kind is StopKind.CONDITION else "")
        message = self._received.message
        self._rule = "handoff"
        if self._chat is not None and self._chat.rules:
            return self._run_rules(self.mailbox.agent)  # who speaks next is for the group to say
        return self._pass_to(to, message)

    def _pass_to(self, to: AgentRef, message: Message) -> Onward:
        """Tell the agent that takes over; if it is new here, both may forget what was before."""
        assert self._chat is not None
        opening = self._chat.meets(to.name)
        history = self.mailbox.agent._history_with(to.name)
        if opening and self._received.conversation.fresh:
            history.clear()
        history.record(message, True)
        return self._pass_on(ForwardReply(to, message, opening=opening))

    def _gather(self, message: Message | None, reason: StopReason | None, error: Any) -> Onward:
        """Answer one part of a question to many."""
        conversation = self._received.conversation
        packet = ask_all_reply(
            conversation.id, conversation.part, message, reason, self.exchange.budget,
            self.nested, error, False,
        )  # fmt: skip
        if message is not None and not self.inherited.silent:
            asker, me = conversation.initiator.name, self.mailbox.ref.name
            self.runtime.show_said(message, me, asker, self.inherited, self.exchange.budget)
        place = conversation.initiator.place
        if place == self.runtime.place:
            self.runtime.take_ask_all_reply(packet)
        else:
            self.runtime.send_to(place, packet)
        return None

    def _send(self, message: Message, handoff: AgentRef | None = None) -> Onward:
        """Send a reply."""
        raise NotImplementedError

    def _run_rules(self, agent: Any) -> Onward:
        """Ask the rules."""
        raise NotImplementedError

    # --- ends -----------------------------------------------------------------------------------

    def _stop(self, kind: StopKind, detail: str = "", error: BaseException | None = None) -> Onward:
        reason = StopReason(
            kind, self.mailbox.ref.name, self._rule or None, self._received.message, detail
        )
        budget = self.exchange.budget
        if self._chat is not None:
            self._chat.stop(reason, budget, self.nested, error)
            return None
        conversation = self._received.conversation
        if conversation.part >= 0:
            return self._gather(None, reason, error)
        self.runtime.send_to(
            conversation.initiator.place,
            Stopped(conversation.id, reason, budget, self.nested, error),
        )
        return None

    def abandon(self, error: AgentDiedError) -> None:
        """The agent was closed in the midst of the turn: the conversation fails."""
        self._abandoned = True
        self._stop(StopKind.FAILED, str(error), error)

    def _fail(self, error: BaseException, rule: str) -> Onward:
        self._rule = rule
        if isinstance(error, BudgetSpentError):
            return self._stop(StopKind.MAX_TURNS, str(error))
        if isinstance(error, ChatTimeoutError) and self._is_out_of_time():
            return self._stop(StopKind.DEADLINE, str(error), error)
        if self.exchange.phase is not Phase.STOPPED:
            self.exchange, _ = step(self.exchange, Failed())
        failure = named(error, self.mailbox.ref.name, rule)
        return self._stop(StopKind.FAILED, str(failure), failure)

    def _is_out_of_time(self) -> bool:
        deadline = self.inherited.deadline
        return deadline is not None and self.runtime.backend.now() >= deadline
