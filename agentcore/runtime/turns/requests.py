"""Turns on requests from outside: to begin a conversation, or to run a method."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from agentcore.base.errors import AgentCoreError, TurnError
from agentcore.protocol.chat_errors import AgentDiedError, as_rule_error
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Begin, Call
from agentcore.protocol.transcript import ChatResult, StopKind, StopReason, Transcript
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.turns.chats import open_chat
from agentcore.runtime.turns.tool_threads import OVER
from agentcore.runtime.turns.turn import Turn, set_current_turn

__all__ = ["BRIEFED", "BeginTurn", "CallTurn"]


BRIEFED = "_begin_briefed"  # the method that a conversation with a briefing is begun by


def _cancelled(agent: str) -> ChatResult:
    """Return the result of a conversation that was cancelled before it began."""
    return ChatResult(Transcript("", "", ()), StopReason(StopKind.CANCELLED, agent))


class BeginTurn(Turn):
    """A turn in which the agent begins a conversation; its result goes to the asking process."""

    received: Begin

    @staticmethod
    def take(mailbox: Mailbox, begin: Begin) -> None:
        """Take the turn."""
        turn = BeginTurn(mailbox, begin.exchange, begin.inherited)
        turn.received = begin
        mailbox.turn = turn
        turn._run()

    def _run(self) -> None:
        begin, runtime, me = self.received, self.runtime, self.mailbox.ref
        if runtime.was_cancelled(begin.id):
            self._answer(Outcome(_cancelled(me.name), begin.exchange.budget))
            return
        set_current_turn(self)
        rule = "generate_init_message"
        try:
            message = begin.message
            if message is None:
                given = self.mailbox.agent.generate_init_message(**begin.context)
                message = runtime.check_message(given)
            rule = "until"  # from here on, only a condition can raise in the user's code
            open_chat(
                self, message, begin.recipient, begin.exchange, begin.inherited, begin.options,
                self._answer, begin.id,
            )  # fmt: skip
            if runtime.was_cancelled(begin.id):  # since the check above
                runtime.cancel(me, begin.id)
        except AgentCoreError as error:
            self._answer(Outcome(None, begin.exchange.budget, error))
        except BaseException as error:
            self._answer(Outcome(None, begin.exchange.budget, as_rule_error(error, me.name, rule)))

    def _answer(self, outcome: Outcome) -> None:
        begin = self.received
        self.runtime.send_to(begin.asker, Answer(begin.id, outcome))


class CallTurn(Turn):
    """A turn in which the agent runs one of its methods; the value goes to the asking process."""

    keeps_nested = False  # its outcome is a value without a transcript
    received: Call

    @staticmethod
    def take(mailbox: Mailbox, call: Call) -> Any:
        """Take the turn."""
        turn = CallTurn(mailbox, call.exchange, call.inherited)
        turn.received = call
        mailbox.turn = turn
        set_current_turn(turn)
        if turn.runtime.was_cancelled(call.id):
            return turn._answer(None, TurnError(OVER))
        try:
            value = getattr(mailbox.agent, call.method)(*call.args, **call.kwargs)
        except BaseException as error:
            return turn._answer(None, error)
        return turn.suspend(value) if type(value) is CoroutineType else turn._answer(value, None)

    def resume(self, value: Any, error: BaseException | None) -> None:
        """Go on with the outcome of an ``async def`` method."""
        self.asynchronous = False
        self._answer(value, error)

    def abandon(self, error: AgentDiedError) -> None:
        """Let the call fail, because the agent was closed."""
        self._answer(None, error)

    def _answer(self, value: Any, error: BaseException | None) -> None:
        call = self.received
        if isinstance(error, TurnError) and call.method == BRIEFED and self._is_unwanted():
            value, error = _cancelled(self.mailbox.ref.name), None
        if error is not None and not isinstance(error, AgentCoreError):
            error = as_rule_error(error, self.mailbox.ref.name, call.method)
        outcome = Outcome(value, self.exchange.budget, error)
        self.runtime.send_to(call.asker, Answer(call.id, outcome))
