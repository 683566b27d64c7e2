"""`Turn`: the state and the budget of a turn, and how it is suspended and resumed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import attrs

from agentcore.base.errors import TurnError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_errors import AgentDiedError, DepthError
from agentcore.protocol.chat_options import ChatOptions
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
from agentcore.runtime.turns.time_limit import GRACE, within
from agentcore.runtime.turns.tool_threads import OVER
from agentcore.runtime.wait import KEEPS_TOKEN

__all__ = ["Resumption", "Start", "Turn", "Waiting", "current_turn", "set_current_turn"]

_CURRENT: ContextVar[Turn | None] = ContextVar("agentcore_turn", default=None)
current_turn = _CURRENT.get
set_current_turn = _CURRENT.set


class Turn:
    """A turn being taken: the conversation that it is part of, and what it may spend.

    What rules do with the system is in functions that take the turn, in the files beside this one:
    to wait, to begin conversations, to ask many agents.

    Attributes:
        mailbox: the mailbox of the agent whose turn it is.
        runtime: the runtime of this process.
        received: the item of the mailbox that the turn is on.
        exchange: the state of the conversation that it is part of.
        inherited: the conversation's context.
        nested: messages of conversations that it began, for the transcript of its own.
        asynchronous: whether an ``async def`` function of it runs on the event loop.
        keeps_nested: whether ``nested`` is collected.
        began_with: with whom its agent began the conversation, if it is on a reply to it.
        usage: tokens that models used in it, to be put into the metadata of its reply.
        rule_name: the name of the rule, or of other code of the user's, that runs now.
        leads: whether a conversation has the id of what the turn is on, and is cancelled for it.
        kept: turns that were lent to the nested conversation but that its ``max_turns`` forbids.
        withdrawn: whether what it is part of was cancelled, so that nothing comes of it any more.
    """

    # Defaults are attributes of the class, so that they cost nothing when a turn is made.
    nested: tuple[Entry, ...] = ()
    asynchronous = False
    keeps_nested = True
    began_with: str | None = None
    usage: Usage | None = None
    rule_name = ""
    received: Any = None
    kept = 0
    leads = False
    withdrawn = False
    _running: list[Callable[[], object]] | None = None  # what cancels its coroutines
    _loan: Chat | None = None  # the handle of what has its budget now, if there is a handle
    _waits: Any = None  # its `TurnWaits`; `waits_of` makes it at the first wait

    def __init__(self, mailbox: Mailbox, exchange: Exchange, inherited: CallContext) -> None:
        self.mailbox = mailbox
        self.runtime: RuntimePort = mailbox.runtime
        self.exchange = exchange
        self.inherited = inherited

    @property
    def cause(self) -> str:
        """The id of the conversation, question or call that it is part of."""
        return "" if self.leads else getattr(self.received, "id", "")

    def passed_on(self) -> CallContext:
        """Give the context that a nested conversation inherits: its chain has this agent too.

        Raises:
            DepthError: the chain is longer than ``max_depth``.
            TurnError: the turn was withdrawn.
        """
        self.check_wanted()
        inherited = self.inherited
        chain = (*inherited.chain, self.mailbox.ref.address)
        limit = self.runtime.core.max_depth
        if len(chain) > limit:
            raise DepthError(
                f"sends are nested deeper than {limit} (max_depth): {' > '.join(chain[-6:])}",
                agent=self.mailbox.ref.name,
            )
        return attrs.evolve(inherited, chain=chain)

    def narrowed(self, options: ChatOptions) -> CallContext:
        """Give the same context, narrowed by the options of the nested conversation."""
        now, context = self.runtime.backend.now, self.passed_on()
        return context.narrowed(options.silent, options.timeout, now, options.session)

    def met(self) -> tuple[str, ...]:
        """Return the addresses of agents that take part in what the turn is part of."""
        return (self.inherited.origin, *self.inherited.chain)

    # --- its budget -----------------------------------------------------------------------------

    def lend(self, waits: bool, most: int) -> Exchange:
        """Lend a part of the budget to a conversation that the turn begins.

        Args:
            waits: whether the turn waits for it, and gets back what it does not use.
            most: how many turns it may use at most.

        Returns:
            the state that the conversation begins with.

        Raises:
            BudgetSpentError: no turn is left.
        """
        self.exchange, effect = step(self.exchange, Sent() if waits else Told())
        assert isinstance(effect, Lend)
        lent = effect.exchange
        self.kept = max(0, lent.budget - most)
        return attrs.evolve(lent, budget=lent.budget - self.kept)

    def take_back_from(self, chat: Chat) -> None:
        """Take back what is left of the budget when ``chat``, which the turn waits for, stops."""
        self._loan = chat

        def done(outcome: Outcome) -> None:
            if self._loan is chat:
                self._loan = None
                self.take_back(outcome)

        chat._when_done(done)

    def forgo(self, chat: Chat) -> None:
        """Take back all that was lent to ``chat``, because the turn waits for it no longer.

        What it used meanwhile is not known, and not counted. Lending costs a turn each time, so a
        rule cannot do this without end.
        """
        if self._loan is chat:
            self._loan = None
            self.exchange, _ = step(self.exchange, Returned(self.exchange.budget))

    def take_back(self, outcome: Outcome) -> None:
        """Take back turns that a nested conversation did not use, and keep its messages."""
        if self.exchange.phase is not Phase.WAITING:
            return  # the turn is over: it ended before the conversation did
        unused = min(outcome.unused, self.exchange.budget - self.kept) + self.kept
        self.exchange, _ = step(self.exchange, Returned(unused))
        if self.keeps_nested:
            self.nested += deeper(outcome.transcript)

    def spend(self, entries: tuple[Entry, ...]) -> None:
        """Add messages of the turn itself to the transcript, such as tool calls; each costs a turn.

        Raises:
            BudgetSpentError: fewer turns are left; nothing was spent.
            TurnError: the turn was withdrawn.
        """
        self.check_wanted()
        budget = self.exchange.budget
        self.exchange, _ = step(self.exchange, Spent(len(entries)))
        if not self.inherited.silent:
            for page, said in enumerate(entries, 1):
                self.show(said.message, said.sender, said.recipient, budget - page)
        if self.keeps_nested:
            self.nested += entries

    def show(self, message: Message, sender: str, to: str, budget: int) -> None:
        """Print a message that was in no envelope, unless the conversation is silent."""
        if not self.inherited.silent:
            self.runtime.show_said(message, sender, to, self.inherited, budget)

    # --- suspending and resuming ----------------------------------------------------------------

    def suspend(self, coroutine: Coroutine[Any, Any, Any]) -> Onward:
        """Run a coroutine of the user's on the event loop, until the deadline at most.

        The turn keeps its agent's token meanwhile. `resume` is called with the outcome.

        Returns:
            ``KEEPS_TOKEN``, which the turn must return to its mailbox.
        """
        self.asynchronous = True
        deadline = self.inherited.deadline
        if deadline is not None:
            seconds = deadline - self.runtime.backend.now() + GRACE
            coroutine = within(coroutine, seconds, self.mailbox.ref.name)
        self.run(coroutine, self.go_on)
        return KEEPS_TOKEN

    def run(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run a coroutine on the event loop, and cancel it when the turn is withdrawn."""
        running = self._running
        if running is None:
            running = self._running = []
        running.append(self.runtime.backend.run_coroutine(coroutine, done))
        if self._is_unwanted():  # `withdraw` may have been called before it could see this one
            self.withdraw()

    def go_on(self, value: Any = None, error: BaseException | None = None) -> None:
        """Let a worker resume the turn, which has its agent's token, with a value or an error."""
        self.runtime.schedule(Resumption(self, value, error))

    def resume(self, value: Any, error: BaseException | None) -> Onward:
        """Go on with the outcome of the coroutine that `suspend` was given."""
        raise AssertionError(f"{type(self).__name__} awaits nothing")

    def abandon(self, error: AgentDiedError) -> None:
        """Tell whoever waits for the turn that its agent was closed.

        It does nothing here. Turns that somebody waits for override it.
        """

    # --- giving it up ---------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Give the turn up, because what it is part of was cancelled; called on any thread.

        What it awaits is cancelled, and so is what it began and waits for. A function that runs on
        a thread cannot be interrupted; nothing comes of it any more.
        """
        if self.withdrawn:
            return  # what it waits for may have the same id, and then tells it again
        self.withdrawn = True
        for cancel in list(self._running or ()):
            cancel()
        for wait in self.mailbox.suspended:
            if wait.turn is self:
                wait.give_up()

    def _is_unwanted(self) -> bool:
        # The runtime is asked too, since a turn that was about to begin has not been withdrawn.
        return self.withdrawn or self.runtime.was_cancelled(self.cause)

    def check_wanted(self) -> None:
        """Raise ``TurnError`` if what the turn is part of was cancelled: nothing may cost more."""
        if self._is_unwanted():
            raise TurnError(OVER)


class Resumption:
    """A `Runnable` that resumes a turn, and releases its agent's token when the turn is over.

    Attributes:
        mailbox: the mailbox of the agent whose turn it is.
    """

    __slots__ = ("_error", "_turn", "_value", "mailbox")

    def __init__(self, turn: Turn, value: Any, error: BaseException | None) -> None:
        self.mailbox = turn.mailbox
        self._turn = turn
        self._value = value
        self._error = error

    def run(self) -> Onward:
        """Resume the turn."""
        turn = self._turn
        try:
            onward: Onward = turn.inherited.run(turn.resume, self._value, self._error)
        except BaseException as error:
            turn.runtime.broken(turn.received, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.mailbox.turn = None
        self.mailbox.yield_token()
        return onward


# Begins what a turn waits for. It is given a function to call with the outcome, and returns a
# function that cancels what it began.
Start = Callable[[Callable[[Outcome], None]], Any]


@attrs.frozen
class Waiting:
    """A wait that is not begun yet; a turn that is taken in steps yields it.

    Attributes:
        peers: the agents that the turn is going to wait for.
        start: begins what it waits for, once the wait is recorded.
    """

    peers: tuple[AgentRef, ...]
    start: Start
