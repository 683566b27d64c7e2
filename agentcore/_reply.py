"""The turn on a message: record it, decide on it, answer it or stop."""

from __future__ import annotations

import traceback
from collections.abc import Coroutine, Generator
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import attrs
from loguru import logger

from agentcore._backend import Runnable
from agentcore._chat import OpenChat
from agentcore._decisions import Halt, Handoff, PassOn
from agentcore._envelope import (
    Envelope,
    Route,
    Stopped,
    conversation_with,
    envelope,
    gathered,
    route_of,
)
from agentcore._history import History
from agentcore._human import question
from agentcore._machine import (
    ASK,
    REPLY,
    RUN_RULES,
    UNLIMITED,
    Answered,
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
from agentcore._message import Message, as_message
from agentcore._ref import AgentRef
from agentcore._rules import ReplyRule
from agentcore._seat import KEEPS_TOKEN, Seat
from agentcore._thinking import deliberate
from agentcore._transcript import StopKind, StopReason
from agentcore._turn import Turn, set_current_turn
from agentcore._usage import with_usage
from agentcore.errors import (
    AgentCoreError,
    AgentDiedError,
    AgentNotFoundError,
    BudgetSpentError,
    ChatTimeoutError,
    MessageError,
    ReplyError,
    ReplyTypeError,
)

if TYPE_CHECKING:
    from agentcore._agent import ConversableAgent

__all__ = ["ReplyTurn", "Resumption", "named"]

Onward = Runnable | None
_new = object.__new__
HUMAN = "get_human_input"

AUTOMATIC = Replied()
BY_HUMAN = Replied(automatic=False)
SILENT = Replied(speaks=False)
PASSED = Route(passed=True)
UNDECIDED = Replied(final=False, speaks=False)


class ReplyTurn(Turn):
    """One message received, and what the agent decided on it.

    From `take` to `_send` it is the path of every message: written for speed, with what is rare
    put aside. Each of the methods gives what `Runnable.run` gives.
    """

    _rule = ""
    _index = 0
    _abandoned = False
    _rules: tuple[ReplyRule, ...] = ()
    _chat: OpenChat | None = None
    _thoughts: Generator[Any, Any, Any] | None = None
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

    @staticmethod
    def take(seat: Seat, received: Envelope) -> Onward:
        """Take the turn on a message."""
        conversation = received.conversation
        turn = _new(ReplyTurn)  # what ReplyTurn(...) would do, at a third of its cost
        turn.seat = seat
        seat.turn = turn
        turn.runtime = runtime = seat.runtime
        turn.exchange = exchange = received.exchange
        turn.inherited = inherited = conversation.inherited
        turn._received = received
        condition = received.condition
        deadline = inherited.deadline
        if deadline is not None and runtime.backend.now() >= deadline:
            return turn._drop("its deadline is over")
        if received.to_initiator:
            turn._peer = peer = conversation.recipient
            turn._chat = chat = runtime.chats.get(conversation.id)
            if chat is None:
                return turn._drop("its conversation has stopped")
            route = received.route
            try:
                condition = chat.note(
                    received.message, received.nested, exchange.budget, False,
                    None if route is None else route.handoff,
                )  # fmt: skip
            except BaseException as error:  # a condition of the user's raised
                return turn._fail(error, "until")
        else:
            turn._peer = peer = conversation.initiator
        if received.message.opaque:
            turn._received = attrs.evolve(received, message=received.message.isolated())
        set_current_turn(turn)
        return turn._decide(seat.agent, peer, condition)

    def _decide(self, agent: ConversableAgent, peer: AgentRef, condition: str) -> Onward:
        """Record the message; does it stop the conversation, does a human decide, or the rules?"""
        received = self._received
        history = agent._messages.get(peer.name)
        if history is None:
            history = agent._history_with(peer.name)
        self._history = history
        try:
            event = agent._receive(received, history, condition)
            if not self.inherited.silent and (received.route is None or not received.route.passed):
                self.runtime.show(received)
        except BaseException as error:  # a predicate of the user's raised
            return self._fail(error, "is_termination_msg")
        if received.route is not None and received.route.handoff is not None:
            return self._hand_on(event, received.route.handoff, condition)
        self.exchange, effect = on_received(self.exchange, event)
        if effect is RUN_RULES:
            return self._run_rules(agent)
        if effect is ASK:
            return self._ask(event)
        assert type(effect) is Stop
        return self._stop(effect.kind, condition if effect.kind is StopKind.CONDITION else "")

    def _drop(self, reason: str) -> Onward:
        received = self._received
        logger.info(
            "a message from {} to {} was dropped: {}",
            received.sender.name, received.to.name, reason,
        )  # fmt: skip
        return None

    # --- who decides ----------------------------------------------------------------------------

    def _ask(self, event: Received) -> Onward:
        always = event.mode is HumanMode.ALWAYS
        prompt = question(self._peer.name, event.terminal is not None, always)
        self._rule = HUMAN
        try:
            answer = self.seat.agent.get_human_input(prompt)
        except BaseException as error:
            return self._answered(None, error)
        if type(answer) is CoroutineType:
            return self._suspend(answer)
        return self._answered(answer, None)

    def _answered(self, text: str | None, error: BaseException | None) -> Onward:
        if error is not None and not isinstance(error, EOFError):
            return self._fail(error, HUMAN)
        self.exchange, effect = step(self.exchange, Answered(text))
        if effect is RUN_RULES:
            return self._run_rules(self.seat.agent)
        if effect is REPLY:
            return self._send(Message.text(text or ""))
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _run_rules(self, agent: ConversableAgent) -> Onward:
        if self._chat is not None and self._chat.rules:
            rules = self._chat.rules
        elif agent._plain_chain:
            rules = agent._chain
        else:
            try:
                rules = agent.rules_for(self._peer)
            except BaseException as error:  # a trigger of the user's raised
                return self._fail(error, "rules_for")
        self._rules = rules
        return self._next_rule(agent, rules)

    def _next_rule(self, agent: ConversableAgent, rules: tuple[ReplyRule, ...]) -> Onward:
        """Ask the rules that are left; the first final one wins."""
        message = self._received.message
        while self._index < len(rules):
            rule = rules[self._index]
            self._index += 1
            self._rule = rule.name
            try:
                result = rule.ask(
                    rule.function, agent, message, self._history, self._peer, rule.config
                )
            except BaseException as error:
                return self._fail(error, rule.name)
            if type(result) is not tuple or len(result) != 2 or type(result[0]) is not bool:
                if type(result) is CoroutineType:
                    return self._suspend(result)
                return self._fail(self._no_reply(result), rule.name)
            final, reply = result
            if final:
                return self._decided(reply)
            if reply is not None:
                self._warn_discarded(reply)
        self._rule = ""
        if agent.llm is not None or agent._tool_names or agent._mind is not None:
            thoughts = deliberate(agent, self, message, self._history, self._peer)
            if thoughts is not None:
                self._rule = "llm"
                self._thoughts = thoughts
                return self._go_on_thinking(None, None)
        return self._decide_by_default(agent)

    def _decide_by_default(self, agent: ConversableAgent) -> Onward:
        default = agent.default_auto_reply
        return self._decided(default, UNDECIDED if default is None else AUTOMATIC)

    def _go_on_thinking(self, value: Any, error: BaseException | None) -> Onward:
        """Run what the model decides up to what is to be awaited; come back with that."""
        assert self._thoughts is not None
        try:
            thoughts = self._thoughts
            awaited = thoughts.send(value) if error is None else thoughts.throw(error)
        except StopIteration as over:
            self._thoughts = None
            return self._decided(over.value)
        except BaseException as failure:
            self._thoughts = None
            return self._fail(failure, self._rule)
        if type(awaited) is not CoroutineType:
            awaited = _awaited(awaited)
        return self._suspend(awaited)

    def _warn_discarded(self, reply: Any) -> None:
        logger.warning(
            "rule {} of {} returned (False, {!r}): the reply is discarded, since it is not final",
            self._rule, self.seat.ref.name, reply,
        )  # fmt: skip

    def _no_reply(self, result: Any) -> ReplyTypeError:
        return ReplyTypeError(
            f"rule {self._rule} of agent {self.seat.ref.name!r} returned {_shown(result)}; a rule "
            "returns (final, reply): final a bool, reply a str, a dict, a Message, "
            "a ChatResponse or None"
        )

    def _suspend(self, coroutine: Coroutine[Any, Any, Any]) -> Onward:
        self.suspend(coroutine, self._ended)
        return KEEPS_TOKEN

    def _ended(self, value: Any, error: BaseException | None) -> None:
        self.runtime.schedule(Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> Onward:
        """Go on, now that an ``async def`` function has ended."""
        self.asynchronous = False
        set_current_turn(self)
        if self._rule == HUMAN and not self._index:
            return self._answered(value, error)
        if self._thoughts is not None:
            return self._go_on_thinking(value, error)
        if error is not None:
            return self._fail(error, self._rule)
        if type(value) is not tuple or len(value) != 2 or type(value[0]) is not bool:
            return self._fail(self._no_reply(value), self._rule)
        if value[0]:
            return self._decided(value[1])
        return self._next_rule(self.seat.agent, self._rules)

    # --- what was decided -----------------------------------------------------------------------

    def _decided(self, reply: Any, event: Replied = AUTOMATIC) -> Onward:
        message = None
        if type(reply) is str and reply:
            message = Message.text(reply)
        elif reply is None:
            event = SILENT if event is AUTOMATIC else event
        elif type(reply) is PassOn:
            return self._pass_on(reply)
        elif type(reply) is Handoff:
            return self._hand_off(reply)
        elif type(reply) is Halt:
            return self._halt(reply)
        else:
            try:
                message = self.runtime.check_message(as_message(reply))
            except TypeError:
                return self._fail(self._no_reply((True, reply)), self._rule)
            except MessageError as error:
                return self._fail(error, self._rule)
        self.exchange, effect = on_replied(self.exchange, event)
        if effect is REPLY:
            assert message is not None
            return self._send(message if self.usage is None else with_usage(message, self.usage))
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _halt(self, reply: Halt) -> Onward:
        self.exchange, effect = on_replied(self.exchange, Replied(speaks=False, kind=reply.kind))
        assert type(effect) is Stop
        return self._stop(effect.kind, reply.detail)

    def _pass_on(self, reply: PassOn) -> Onward:
        """Let the conversation, which is this agent's, go on with another recipient."""
        chat = self._chat
        assert chat is not None
        if chat.stopped or self._abandoned:
            return None
        self.exchange, effect = on_passed(self.exchange, Passed(reply.mine))
        if effect is not REPLY:
            assert type(effect) is Stop
            return self._stop(effect.kind)
        before, to = self._received.conversation, reply.to
        conversation = conversation_with(
            before.id, before.initiator, to, before.inherited, before.fresh, before.wanted, -1
        )
        chat.move_to(conversation, None if chat.rules else self.seat)
        plain = not reply.earlier and not reply.again
        route = PASSED if plain else route_of(True, reply.earlier, None, reply.again)
        onward = envelope(
            conversation, reply.message, self.exchange, False, (), "", reply.opening, route
        )
        try:
            seat = self.runtime.seats.get(to.name)
            return self.runtime.deliver(onward, to) if seat is None else seat.post(onward)
        except AgentCoreError as error:
            return self._fail(_gone(error, to.name), self._rule)

    def _hand_off(self, reply: Handoff) -> Onward:
        """Let the conversation go on with another agent, by the initiator, who is told."""
        received, me = self._received, self.seat.ref.name
        try:
            to = self.runtime.resolve_hosted(reply.to)
            message = self.runtime.check_message(reply.message_of(received.message, me, to.name))
        except Exception as error:
            return self._fail(error, self._rule)
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
        self.seat.agent._history_with(to.name).record(message, True)
        mine = attrs.evolve(self.exchange, mine=self.exchange.theirs)
        self.exchange = mine
        return self._pass_on(PassOn(to, message, opening=True))

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
            return self._run_rules(self.seat.agent)  # who speaks next is for the group to say
        self.seat.agent._history_with(to.name).record(message, True)
        return self._pass_on(PassOn(to, message, opening=True))

    def _gather(self, message: Message | None, reason: StopReason | None, error: Any) -> Onward:
        """Answer one part of a question to many."""
        conversation = self._received.conversation
        packet = gathered(
            conversation.id, conversation.part, message, reason, self.exchange.budget,
            self.nested, error, False,
        )  # fmt: skip
        if message is not None and not self.inherited.silent:
            asker, me = conversation.initiator.name, self.seat.ref.name
            self.runtime.show_said(message, me, asker, self.inherited, self.exchange.budget)
        place = conversation.initiator.place
        if place == self.runtime.place:
            self.runtime.gathered(packet)
        else:
            self.runtime.send_to(place, packet)
        return None

    def _send(self, message: Message, handoff: AgentRef | None = None) -> Onward:
        received, chat, nested = self._received, self._chat, self.nested
        condition = ""
        if self._abandoned:
            return None  # whoever waits for the reply has been told
        if chat is not None:
            if chat.stopped:
                logger.info("a reply of {} was dropped: too late", self.seat.ref.name)
                return None
            try:
                condition = chat.note(message, nested, self.exchange.budget, True)
            except BaseException as error:  # a condition of the user's raised
                return self._fail(error, "until")
            nested = ()
        history = self._history
        history.said.append(message.isolated() if message.opaque else message)
        history.mine.append(True)
        if received.conversation.part >= 0:
            return self._gather(message, None, None)
        onward = envelope(
            received.conversation, message, self.exchange, not received.to_initiator,
            nested, condition, False, None if handoff is None else Route(handoff=handoff),
        )  # fmt: skip
        try:
            seat = self.runtime.seats.get(self._peer.name)
            return self.runtime.deliver(onward, self._peer) if seat is None else seat.post(onward)
        except AgentCoreError as error:
            return self._undelivered(error)

    def _undelivered(self, error: AgentCoreError) -> Onward:
        self._history.forget_last()
        if self._chat is not None:
            self._chat.take_back()
        return self._fail(_gone(error, self._peer.name), self._rule)

    def _stop(self, kind: StopKind, detail: str = "", error: BaseException | None = None) -> Onward:
        reason = StopReason(
            kind, self.seat.ref.name, self._rule or None, self._received.message, detail
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
        failure = named(error, self.seat.ref.name, rule)
        return self._stop(StopKind.FAILED, str(failure), failure)

    def _is_out_of_time(self) -> bool:
        deadline = self.inherited.deadline
        return deadline is not None and self.runtime.backend.now() >= deadline


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _gone(error: AgentCoreError, name: str) -> AgentCoreError:
    """Give the failure of a conversation whose other agent cannot be reached any more."""
    if isinstance(error, AgentNotFoundError):
        return AgentDiedError(f"agent {name!r} is gone: {error}", agent=name)
    return error


class Resumption:
    """A turn that can go on, and then its seat.

    Attributes:
        seat: of the agent whose turn it is.
    """

    __slots__ = ("_error", "_turn", "_value", "seat")

    def __init__(self, turn: Any, value: Any, error: BaseException | None) -> None:
        self.seat: Seat = turn.seat
        self._turn = turn
        self._value = value
        self._error = error

    def run(self) -> Onward:
        """Go on with the turn; when it is over, the seat's token is free."""
        try:
            onward: Onward = self._turn.resume(self._value, self._error)
        except BaseException as error:
            self.seat.runtime.broken(self._turn._received, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.seat.turn = None
        self.seat.yield_token()
        return onward


def named(error: BaseException, agent: str, rule: str) -> BaseException:
    """Give the failure of a turn: it names agent and rule, and keeps what was raised.

    A failure of a conversation that the turn waited for passes as it is: its root is elsewhere.
    """
    if isinstance(error, ReplyError | AgentDiedError):
        if isinstance(error, ReplyError) and not error.rule:
            error.agent, error.rule = agent, rule
        return error
    text = "".join(traceback.format_exception(error))
    failure = ReplyError(
        f"rule {rule} of agent {agent!r} raised {type(error).__name__}: {error}",
        agent=agent,
        rule=rule,
        traceback=text,
    )
    failure.__cause__ = error
    return failure


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."
