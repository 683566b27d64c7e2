"""Turns: one item of an agent's mailbox, and what the agent decides on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import AgentDiedError, DepthError
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Usage
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.state import Exchange, Lend, Phase, Returned, Sent, Spent, Told
from agentcore.protocol.transcript import Entry, deeper
from agentcore.protocol.transitions import step
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.ports import Onward
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.wait import KEEPS_TOKEN

__all__ = ["Resumption", "Start", "Turn", "Waiting", "current_turn", "set_current_turn", "within"]

GRACE = 0.05  # seconds after its deadline that an async def rule is cancelled

_CURRENT: ContextVar[Turn | None] = ContextVar("agentcore_turn", default=None)
current_turn = _CURRENT.get
set_current_turn = _CURRENT.set


class Turn:
    """A turn being taken: the conversation that it is part of, and what it may spend.

    What its rules can do with the system are functions of the turn, in the files beside this one:
    to wait, to begin conversations, to ask many.

    Attributes:
        mailbox: of the agent whose turn it is.
        runtime: of this process.
        received: the item of the mailbox that it is on.
        exchange: the state of the conversation that it is part of.
        inherited: the conversation's context.
        nested: what was said in conversations that it began.
        asynchronous: whether an ``async def`` function of it runs on the event loop.
        usage: tokens that models cost that were asked in it, and that no message has yet.
        rule_name: the rule, or what else of the user's, that is asked now.
        kept: turns that it lent, and that what it lent them to may not use.
    """

    # Defaults of the class: a turn is made at every message, and few need more.
    nested: tuple[Entry, ...] = ()
    asynchronous = False
    keeps_nested = True
    is_initiators = False  # whether it is on an answer, in a conversation that the agent began
    usage: Usage | None = None
    rule_name = ""
    received: Any = None
    kept = 0
    _loan: Chat | None = None  # what has its budget, where a handle stands for that
    _waits: Any = None  # its `TurnWaits`, made at the first wait: `waits_of` gives it

    def __init__(self, mailbox: Mailbox, exchange: Exchange, inherited: CallContext) -> None:
        self.mailbox = mailbox
        self.runtime: RuntimePort = mailbox.runtime
        self.exchange = exchange
        self.inherited = inherited

    def passed_on(self) -> CallContext:
        """Give the context of a conversation that this turn waits for.

        Raises:
            DepthError: sends are nested too deep.
        """
        inherited = self.inherited
        chain = (*inherited.chain, self.mailbox.ref.name)
        limit = self.runtime.core.max_depth
        if len(chain) > limit:
            raise DepthError(
                f"sends are nested deeper than {limit} (max_depth): {' > '.join(chain[-6:])}",
                agent=self.mailbox.ref.name,
            )
        return attrs.evolve(inherited, chain=chain)

    def narrowed(self, silent: bool, timeout: float | None) -> CallContext:
        """Give the same, quieter, and with less time."""
        return self.passed_on().narrowed(silent, timeout, self.runtime.backend.now())

    # --- what it has to spend -------------------------------------------------------------------

    def lend(self, waits: bool, most: int) -> Exchange:
        """Take from the budget what a conversation gets that the turn begins.

        Args:
            waits: whether the turn waits for it, and gets back what it does not use.
            most: turns that it may use.

        Raises:
            BudgetSpentError: no turn is left.
        """
        self.exchange, effect = step(self.exchange, Sent() if waits else Told())
        assert isinstance(effect, Lend)
        lent = effect.exchange
        self.kept = max(0, lent.budget - most)
        return attrs.evolve(lent, budget=lent.budget - self.kept)

    def take_back_from(self, chat: Chat) -> None:
        """Take back what ``chat``, for which the turn is going to wait, does not use."""
        self._loan = chat

        def done(outcome: Outcome) -> None:
            if self._loan is chat:
                self._loan = None
                self.take_back(outcome)

        chat._when_done(done)

    def forgo(self, chat: Chat) -> None:
        """Take back what was lent to ``chat``, for which the turn waits no more.

        What it used meanwhile is not known, and not counted; each loan costs a turn, so a rule
        cannot lend for ever.
        """
        if self._loan is chat:
            self._loan = None
            self.exchange, _ = step(self.exchange, Returned(self.exchange.budget))

    def take_back(self, outcome: Outcome) -> None:
        """Take back what a conversation did not use, and keep what was said in it."""
        if self.exchange.phase is not Phase.WAITING:
            return  # the turn is over: it did not wait to the end
        unused = min(outcome.unused, self.exchange.budget - self.kept) + self.kept
        self.exchange, _ = step(self.exchange, Returned(unused))
        if self.keeps_nested:
            self.nested += deeper(outcome.transcript)

    def spend(self, entries: tuple[Entry, ...]) -> None:
        """Pay for messages that the turn itself caused, and put them into the transcript.

        Raises:
            BudgetSpentError: there are not so many turns left; nothing was paid.
        """
        budget = self.exchange.budget
        self.exchange, _ = step(self.exchange, Spent(len(entries)))
        if not self.inherited.silent:
            for page, said in enumerate(entries, 1):
                self.show(said.message, said.sender, said.recipient, budget - page)
        if self.keeps_nested:
            self.nested += entries

    def show(self, message: Message, sender: str, to: str, budget: int) -> None:
        """Show what was said in no envelope, unless the conversation is silent."""
        if not self.inherited.silent:
            self.runtime.show_said(message, sender, to, self.inherited, budget)

    # --- how it goes on, and ends ---------------------------------------------------------------

    def suspend(self, coroutine: Coroutine[Any, Any, Any]) -> Onward:
        """Run an ``async def`` function of the user's, no longer than its conversation may last.

        Returns:
            what the turn's run is to give: the turn keeps its agent's token meanwhile, and
            `resume` is called with what came of the function.
        """
        self.asynchronous = True
        deadline = self.inherited.deadline
        if deadline is not None:
            # A little longer: the initiator is first to say that the time is over.
            coroutine = within(coroutine, deadline - self.runtime.backend.now() + GRACE)
        self.runtime.backend.run_coroutine(coroutine, self.go_on)
        return KEEPS_TOKEN

    def go_on(self, value: Any = None, error: BaseException | None = None) -> None:
        """Have a worker go on with the turn, which has its agent's token."""
        self.runtime.schedule(Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> Onward:
        """Go on, now that an ``async def`` function has ended."""
        raise AssertionError(f"{type(self).__name__} awaits nothing")

    def abandon(self, error: AgentDiedError) -> None:
        """The agent was closed in the midst of the turn: whoever waits for it is told."""


class Resumption:
    """Goes on with a turn, and gives its agent's token on when the turn is over.

    Attributes:
        mailbox: of the agent whose turn it is.
    """

    __slots__ = ("_error", "_turn", "_value", "mailbox")

    def __init__(self, turn: Turn, value: Any, error: BaseException | None) -> None:
        self.mailbox = turn.mailbox
        self._turn = turn
        self._value = value
        self._error = error

    def run(self) -> Onward:
        """Go on with the turn."""
        turn = self._turn
        try:
            onward: Onward = turn.resume(self._value, self._error)
        except BaseException as error:
            turn.runtime.broken(turn.received, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.mailbox.turn = None
        self.mailbox.yield_token()
        return onward


async def within(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """Await ``coroutine``, for so many seconds at most.

    Raises:
        TimeoutError: the time is over; the coroutine was cancelled.
    """
    return await asyncio.wait_for(coroutine, max(0.0, seconds))


# What begins something that a turn waits for: it is given what to call with the outcome, and gives
# what cancels it.
Start = Callable[[Callable[[Outcome], None]], Any]


@attrs.frozen
class Waiting:
    """What a turn that is taken in steps wants next: that other agents do something.

    Attributes:
        peers: whom it waits for.
        start: begins what it waits for.
    """

    peers: tuple[AgentRef, ...]
    start: Start
