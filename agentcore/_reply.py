"""The turn on a message: record it, decide on it, answer it or stop."""

from __future__ import annotations

import traceback
from collections.abc import Coroutine
from types import CoroutineType
from typing import Any

from loguru import logger

from agentcore._chat import OpenChat
from agentcore._envelope import Envelope, Stopped, envelope
from agentcore._history import History
from agentcore._human import question, show
from agentcore._machine import (
    ASK,
    REPLY,
    RUN_RULES,
    Answered,
    Failed,
    HumanMode,
    Received,
    Replied,
    Stop,
    step,
)
from agentcore._message import Message, as_message
from agentcore._rules import ReplyRule
from agentcore._seat import Seat
from agentcore._transcript import StopKind, StopReason
from agentcore._turn import Turn, set_current_turn
from agentcore.errors import (
    AgentCoreError,
    AgentDiedError,
    AgentNotFoundError,
    BudgetSpentError,
    MessageError,
    ReplyError,
    ReplyTypeError,
)

__all__ = ["ReplyTurn"]

AUTOMATIC = Replied()
BY_HUMAN = Replied(automatic=False)
SILENT = Replied(speaks=False)
UNDECIDED = Replied(final=False, speaks=False)


class ReplyTurn(Turn):
    """One message received, and what the agent decided on it."""

    __slots__ = ("_envelope", "_history", "_index", "_rule", "_rules", "chat", "peer")

    def __init__(self, seat: Seat, received: Envelope) -> None:
        conversation = received.conversation
        # What Turn.__init__ does, without the call: this is made at every message.
        self.seat = seat
        self.runtime = seat.runtime
        self.exchange = received.exchange
        self.inherited = conversation.inherited
        self.nested = ()
        self.asynchronous = False
        self._lent = None
        self._envelope = received
        self._rule = ""
        self._index = 0
        self._rules: tuple[ReplyRule, ...] = ()
        self.chat: OpenChat | None = None
        if received.to_initiator:
            self.peer = conversation.recipient
            self.chat = self.runtime.chats.get(conversation.id)
        else:
            self.peer = conversation.initiator
        self._history: History = seat.agent._history_with(self.peer.name)

    # Each of the methods below says whether the turn is over; if not, an async def function is
    # awaited, and `resume` goes on from there.

    def run(self) -> bool:
        """Take the turn."""
        if self._is_late():
            return True
        set_current_turn(self)
        received, chat, agent = self._envelope, self.chat, self.seat.agent
        condition = received.condition
        if chat is not None:
            condition = chat.note(received.message, received.nested, self.exchange.budget)
        try:
            event = agent._receive(received, self._history, condition)
            if not self.inherited.silent:
                show(received.message, self.peer.name, self.seat.ref.name)
        except BaseException as error:  # a predicate of the user's raised
            return self._fail(error, "is_termination_msg")
        self.exchange, effect = step(self.exchange, event)
        if effect is RUN_RULES:
            try:
                self._rules = agent.rules_for(self.peer)
            except BaseException as error:  # a trigger of the user's raised
                return self._fail(error, "rules_for")
            return self._next_rule()
        if effect is ASK:
            return self._ask(event)
        assert type(effect) is Stop
        return self._stop(effect.kind, condition if effect.kind is StopKind.CONDITION else "")

    def _is_late(self) -> bool:
        """Whether nobody waits for this message any more, or it has been here before."""
        received, history = self._envelope, self._history
        inherited = self.inherited
        if received.to_initiator and self.chat is None:
            reason = "its conversation has stopped"
        elif inherited.deadline and self.runtime.backend.now() >= inherited.deadline:
            reason = "its deadline is over"
        else:
            # The budget of a conversation falls with every message, so it also tells them apart.
            budget = self.exchange.budget
            seen = history.seen
            if seen is None or seen[1] > budget or seen[0] != received.conversation.id:
                history.seen = (received.conversation.id, budget)
                return False
            reason = "it came twice"
        logger.info(
            "a message from {} to {} was dropped: {}", self.peer.name, self.seat.ref.name, reason
        )
        return True

    # --- who decides ----------------------------------------------------------------------------

    def _ask(self, event: Received) -> bool:
        prompt = question(self.peer.name, event.terminal is not None, event.mode is HumanMode.ALWAYS)
        self._rule = "get_human_input"
        try:
            answer = self.seat.agent.get_human_input(prompt)
            if type(answer) is CoroutineType:
                return self._suspend(answer)
        except EOFError:
            answer = None
        except BaseException as error:
            return self._fail(error, "get_human_input")
        return self._answered(answer)

    def _answered(self, text: str | None) -> bool:
        self.exchange, effect = step(self.exchange, Answered(text))
        if effect is RUN_RULES:
            self._rules = self.seat.agent.rules_for(self.peer)
            return self._next_rule()
        if effect is REPLY:
            return self._send(Message.text(text or ""))
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _next_rule(self) -> bool:
        """Ask the rules that are left; the first final one wins."""
        agent, message = self.seat.agent, self._envelope.message
        rules = self._rules
        while self._index < len(rules):
            rule = rules[self._index]
            self._index += 1
            self._rule = rule.name
            try:
                result = rule.ask(
                    rule.function, agent, message, self._history, self.peer, rule.config
                )
            except BaseException as error:
                return self._fail(error, rule.name)
            if type(result) is CoroutineType:
                return self._suspend(result)
            if type(result) is not tuple or len(result) != 2 or type(result[0]) is not bool:
                return self._fail(self._no_reply(result), rule.name)
            final, reply = result
            if final:
                return self._decided(reply)
            if reply is not None:
                logger.warning(
                    "rule {} of {} returned (False, {!r}): the reply is discarded, since it is "
                    "not final",
                    rule.name, agent.name, reply,
                )  # fmt: skip
        self._rule = ""
        default = agent.default_auto_reply
        return self._decided(default, UNDECIDED if default is None else AUTOMATIC)

    def _no_reply(self, result: Any) -> ReplyTypeError:
        return ReplyTypeError(
            f"rule {self._rule} of agent {self.seat.ref.name!r} returned {_shown(result)}; a rule "
            "returns (final, reply): final a bool, reply a str, a dict, a Message, "
            "a ChatResponse or None"
        )

    def _suspend(self, coroutine: Coroutine[Any, Any, Any]) -> bool:
        self.asynchronous = True
        self.runtime.backend.run_coroutine(coroutine, self._ended)
        return False

    def _ended(self, value: Any, error: BaseException | None) -> None:
        self.runtime.schedule(_Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> bool:
        """Go on, now that an ``async def`` function has ended."""
        self.asynchronous = False
        set_current_turn(self)
        if not self._rules and self._rule == "get_human_input":
            if error is not None and not isinstance(error, EOFError):
                return self._fail(error, self._rule)
            return self._answered(value)
        if error is not None:
            return self._fail(error, self._rule)
        if type(value) is not tuple or len(value) != 2 or type(value[0]) is not bool:
            return self._fail(self._no_reply(value), self._rule)
        return self._decided(value[1]) if value[0] else self._next_rule()

    # --- what was decided -----------------------------------------------------------------------

    def _decided(self, reply: Any, event: Replied = AUTOMATIC) -> bool:
        message = None
        if type(reply) is str and reply:
            message = Message.text(reply)
        elif reply is None:
            event = SILENT if event is AUTOMATIC else event
        else:
            try:
                message = self.runtime.check_message(as_message(reply))
            except TypeError:
                return self._fail(self._no_reply((True, reply)), self._rule)
            except MessageError as error:
                return self._fail(error, self._rule)
        self.exchange, effect = step(self.exchange, event)
        if effect is REPLY:
            assert message is not None
            return self._send(message)
        assert type(effect) is Stop
        return self._stop(effect.kind)

    def _send(self, message: Message) -> bool:
        received, chat, history = self._envelope, self.chat, self._history
        conversation = received.conversation
        condition, nested = "", self.nested
        if chat is not None:
            if conversation.id not in self.runtime.chats:
                logger.info("a reply of {} was dropped: too late", self.seat.ref.name)
                return True
            condition = chat.note(message, nested, self.exchange.budget)
            nested = ()
        history.record(message, True)
        to_initiator = not received.to_initiator
        try:
            self.runtime.deliver(
                envelope(
                    conversation, message, self.exchange, to_initiator, nested, condition, False
                ),
                last=True,
            )
        except AgentCoreError as error:
            history.forget_last()
            if chat is not None:
                chat.take_back()
            if isinstance(error, AgentNotFoundError):
                error = AgentDiedError(
                    f"agent {self.peer.name!r} is gone: {error}", agent=self.peer.name
                )
            return self._fail(error, "")
        return True

    def _stop(self, kind: StopKind, detail: str = "", error: BaseException | None = None) -> bool:
        reason = StopReason(
            kind, self.seat.ref.name, self._rule or None, self._envelope.message, detail
        )
        budget = self.exchange.budget
        if self.chat is not None:
            self.chat.stop(reason, budget, self.nested, error)
            return True
        conversation = self._envelope.conversation
        self.runtime.send_to(
            conversation.initiator.place,
            Stopped(conversation.id, reason, budget, self.nested, error),
        )
        return True

    def _fail(self, error: BaseException, rule: str) -> bool:
        self._rule = rule
        if isinstance(error, BudgetSpentError):
            return self._stop(StopKind.MAX_TURNS, str(error))
        self.exchange, _ = step(self.exchange, Failed())
        failure = named(error, self.seat.ref.name, rule)
        return self._stop(StopKind.FAILED, str(failure), failure)


class _Resumption:
    """A turn that can go on, and then its seat."""

    __slots__ = ("_error", "_turn", "_value")

    def __init__(self, turn: Any, value: Any, error: BaseException | None) -> None:
        self._turn = turn
        self._value = value
        self._error = error

    def run(self) -> None:
        """Go on with the turn; when it is over, the seat goes on."""
        if self._turn.resume(self._value, self._error):
            self._turn.seat.yield_token()


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
