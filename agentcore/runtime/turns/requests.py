"""Turns on requests from outside: to begin a conversation, or to run a method."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from agentcore.base.errors import AgentCoreError, TurnError
from agentcore.base.steps import soon
from agentcore.protocol.chat_errors import AgentDiedError, as_rule_error
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Begin, Call
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Transcript
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Onward
from agentcore.runtime.turns.chats import nothing_to_release, open_chat
from agentcore.runtime.turns.handoff_targets import goes_on_with
from agentcore.runtime.turns.hooked import hooked
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
    def take(mailbox: Mailbox, begin: Begin) -> Onward:
        """Take the turn."""
        turn = BeginTurn(mailbox, begin.exchange, begin.inherited)
        turn.received = begin
        mailbox.turn = turn
        return turn.inherited.run(turn._run)

    def _run(self) -> Onward:
        begin, runtime, me = self.received, self.runtime, self.mailbox.ref
        if runtime.was_cancelled(begin.id):
            self._answer(Outcome(_cancelled(me.name), begin.exchange.budget))
            return None
        set_current_turn(self)
        agent = self.mailbox.agent
        try:
            message = begin.message
            if message is None:
                message = runtime.check_message(agent.generate_init_message(**begin.context))
            if agent._hooks is not None:
                changed = soon(hooked(self, message, begin.recipient, begin.options.silent))
                if type(changed) is CoroutineType:
                    return self.suspend(changed)
                message = changed
        except BaseException as error:
            self._fail(error, "generate_init_message")
        else:
            self._open(message)
        return None

    def resume(self, value: Any, error: BaseException | None) -> None:
        """Go on with what ``async def`` hooks have made of the first message."""
        self.asynchronous = False
        set_current_turn(self)
        if error is None:
            self._open(value)
        else:
            self._fail(error, "before_send")

    def _open(self, message: Message) -> None:
        begin, runtime, me = self.received, self.runtime, self.mailbox.ref
        release = nothing_to_release
        try:
            fresh = begin.options.clear_history
            peer, release = goes_on_with(
                self, begin.recipient, self.inherited.session, fresh, release
            )

            def stopped(outcome: Outcome) -> None:
                release()
                self._answer(outcome)

            open_chat(
                self, message, peer, begin.exchange, begin.inherited, begin.options,
                self._answer if release is nothing_to_release else stopped, begin.id,
            )  # fmt: skip
            if runtime.was_cancelled(begin.id):  # since the check above
                runtime.cancel(me, begin.id)
        except BaseException as error:
            release()
            self._fail(error, "until")  # only a condition can raise in the user's code

    def _fail(self, error: BaseException, rule: str) -> None:
        if not isinstance(error, AgentCoreError):
            error = as_rule_error(error, self.mailbox.ref.name, rule)
        self._answer(Outcome(None, self.received.exchange.budget, error))

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
        return turn.inherited.run(turn._run)

    def _run(self) -> Any:
        call = self.received
        set_current_turn(self)
        if self.runtime.was_cancelled(call.id):
            return self._answer(None, TurnError(OVER))
        try:
            value = getattr(self.mailbox.agent, call.method)(*call.args, **call.kwargs)
        except BaseException as error:
            return self._answer(None, error)
        return self.suspend(value) if type(value) is CoroutineType else self._answer(value, None)

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
