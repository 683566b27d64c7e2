"""Turns on what is asked of an agent from outside: to begin a conversation, to run a method."""

from __future__ import annotations

from types import CoroutineType
from typing import Any

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.chat_errors import AgentDiedError, named
from agentcore.protocol.envelope import Answer, Begin, Call, Outcome
from agentcore.protocol.message import as_message
from agentcore.protocol.transcript import ChatResult, StopKind, StopReason, Transcript
from agentcore.runtime.mailbox import KEEPS_TOKEN, Mailbox
from agentcore.runtime.turns.fan_out import Turn, set_current_turn
from agentcore.runtime.turns.resumption import Resumption

__all__ = ["BeginTurn", "CallTurn"]


class BeginTurn(Turn):
    """The agent begins a conversation, whose result goes to whoever asked for it."""

    def __init__(self, mailbox: Mailbox, begin: Begin) -> None:
        Turn.__init__(self, mailbox, begin.exchange, begin.inherited)
        mailbox.turn = self
        self._begin = begin

    @staticmethod
    def take(mailbox: Mailbox, begin: Begin) -> None:
        """Take the turn."""
        BeginTurn(mailbox, begin)._run()

    def _run(self) -> None:
        begin = self._begin
        if self.runtime.was_cancelled(begin.id):
            stop = StopReason(StopKind.CANCELLED, self.mailbox.ref.name)
            self._answer(Outcome(ChatResult(Transcript("", "", ()), stop), begin.exchange.budget))
            return
        set_current_turn(self)
        rule = "generate_init_message"
        try:
            message = begin.message
            if message is None:
                message = as_message(self.mailbox.agent.generate_init_message(**begin.context))
                message = self.runtime.check_message(message)
            rule = "until"  # what else of the user's there is
            self._open(
                message,
                begin.recipient,
                begin.exchange,
                begin.inherited,
                self._answer,
                until=begin.until,
                fresh=begin.fresh,
                wanted=begin.wanted,
                id=begin.id,
            )
            if self.runtime.was_cancelled(begin.id):  # in the meantime
                self.runtime.cancel(self.mailbox.ref, begin.id)
        except AgentCoreError as error:
            self._answer(Outcome(None, begin.exchange.budget, error))
        except BaseException as error:
            failure = named(error, self.mailbox.ref.name, rule)
            self._answer(Outcome(None, begin.exchange.budget, failure))

    def _answer(self, outcome: Outcome) -> None:
        self.runtime.send_to(self._begin.asker, Answer(self._begin.id, outcome))


class CallTurn(Turn):
    """The agent runs one of its methods."""

    keeps_nested = False  # what it gives is a value, and no transcript

    def __init__(self, mailbox: Mailbox, call: Call) -> None:
        Turn.__init__(self, mailbox, call.exchange, call.inherited)
        mailbox.turn = self
        self._call = self._received = call

    @staticmethod
    def take(mailbox: Mailbox, call: Call) -> Any:
        """Take the turn."""
        return CallTurn(mailbox, call)._run()

    def _run(self) -> Any:
        call = self._call
        set_current_turn(self)
        try:
            value = getattr(self.mailbox.agent, call.method)(*call.args, **call.kwargs)
        except BaseException as error:
            return self._over(None, error)
        if type(value) is CoroutineType:
            self.suspend(value, self._ended)
            return KEEPS_TOKEN
        return self._over(value, None)

    def _ended(self, value: Any, error: BaseException | None) -> None:
        self.runtime.schedule(Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> None:
        """Go on, now that an ``async def`` method has ended."""
        self.asynchronous = False
        self._over(value, error)

    def abandon(self, error: AgentDiedError) -> None:
        """The agent was closed in the midst of the call."""
        self._over(None, error)

    def _over(self, value: Any, error: BaseException | None) -> None:
        call = self._call
        if error is not None and not isinstance(error, AgentCoreError):
            error = named(error, self.mailbox.ref.name, call.method)
        self.runtime.send_to(
            call.asker, Answer(call.id, Outcome(value, self.exchange.budget, error))
        )
