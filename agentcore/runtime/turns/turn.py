"""What turns wait for, and on what thread; what they have to spend."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import attrs

from agentcore.base.errors import TurnError
from agentcore.base.steps import awaiting
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, DepthError
from agentcore.protocol.envelope import CallContext, Outcome
from agentcore.protocol.transcript import Entry, deeper
from agentcore.protocol.transitions import Exchange, Lend, Phase, Returned, Sent, Spent, Told, step
from agentcore.runtime.mailbox import Mailbox, PendingWait

if TYPE_CHECKING:
    from agentcore.runtime.backend import Runnable
    from agentcore.runtime.chat import Chat
    from agentcore.runtime.runtime import Runtime
    from agentcore.runtime.turns.fan_out import Turn

__all__ = ["Start", "Waiting", "WaitingTurn", "current_turn", "set_current_turn"]

# Begins what a turn waits for: is given what to call with the outcome, gives what cancels it.
Start = Callable[[Callable[[Outcome], None]], Any]

WOULD_BLOCK = (
    "this would block the event loop: in an async def rule, write await self.a_send(...), "
    "await self.a_initiate_chat(...) or await chat"
)
OVER = "the turn that this was called in is over: it was answered, or its time ran out"
HERE = 16  # sends nested so deep run what they wait for on their own thread
LOOK = 1.0  # seconds between two looks whether an event loop is there that is waited for
GRACE = 0.05  # seconds after its deadline that an async def rule is cancelled

_CURRENT: ContextVar[Turn | None] = ContextVar("agentcore_turn", default=None)
current_turn = _CURRENT.get
set_current_turn = _CURRENT.set


@attrs.frozen
class Waiting:
    """What a turn that is taken in steps wants next: that other agents do something.

    Attributes:
        peers: whom it waits for.
        start: begins what is waited for.
    """

    peers: tuple[AgentRef, ...]
    start: Start


class _Waker:
    """Is set once; and then, or when it is set, has the turn go on."""

    __slots__ = ("_go_on", "_lock", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._go_on: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def set(self) -> None:
        """What was waited for is there."""
        with self._lock:
            self.is_set = True
            go_on = self._go_on
        if go_on is not None:
            go_on()

    def is_set_or(self, go_on: Callable[[], object]) -> bool:
        """Whether it is set; if not, ``go_on`` is called as soon as it is."""
        with self._lock:
            if not self.is_set:
                self._go_on = go_on
            return self.is_set


class WaitingTurn:
    """A turn as far as it spends, awaits and waits.

    Attributes:
        exchange: the state of the conversation that the turn is part of.
        inherited: its circumstances.
        nested: what was said in conversations that the turn began.
    """

    # Defaults of the class: a turn is made at every message, and few need more.
    nested: tuple[Entry, ...] = ()
    asynchronous = False
    keeps_nested = True
    is_initiators = False  # whether it is on an answer, in a conversation that the agent began
    loop: asyncio.AbstractEventLoop | None = None  # on which its tools run, while several do
    usage: Any = None  # tokens that models cost that were asked in it, and no message says so
    _lent: asyncio.Lock | None = None
    _tasks: tuple[asyncio.Task[Any], ...] = ()  # that threads wait for, on which tools run
    _held: list[Runnable] | None = None  # what is to be run by the thread that waits for it
    _wait: PendingWait | None = None  # which holds no thread
    _kept = 0  # turns that were lent, and that what they were lent to may not use

    def __init__(self, mailbox: Mailbox, exchange: Exchange, inherited: CallContext) -> None:
        self.mailbox = mailbox
        self.runtime: Runtime = mailbox.runtime
        self.exchange = exchange
        self.inherited = inherited

    # --- what it has to spend -------------------------------------------------------------------

    def passed_on(self) -> CallContext:
        """Give what a conversation inherits for which this turn waits.

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

    def lend(self, waits: bool, most: int) -> Exchange:
        """Take from the budget what a conversation gets that is not the agent's own."""
        self.exchange, effect = step(self.exchange, Sent() if waits else Told())
        assert isinstance(effect, Lend)
        return self._at_most(effect.exchange, most)

    def _at_most(self, lent: Exchange, most: int) -> Exchange:
        self._kept = max(0, lent.budget - most)
        return attrs.evolve(lent, budget=lent.budget - self._kept)

    def lend_to(self, chat: Chat) -> None:
        """Take back what ``chat``, for which the turn is going to wait, does not use."""
        chat._when_done(self._returned)

    def _returned(self, outcome: Outcome) -> None:
        if self.exchange.phase is not Phase.WAITING:
            return  # the turn is over: it did not wait to the end
        unused = min(outcome.unused, self.exchange.budget - self._kept) + self._kept
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
                self.runtime.show_said(
                    said.message, said.sender, said.recipient, self.inherited, budget - page
                )
        if self.keeps_nested:
            self.nested += entries

    # --- async def functions --------------------------------------------------------------------

    def suspend(
        self,
        coroutine: Coroutine[Any, Any, Any],
        ended: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Run an ``async def`` function of the user's, no longer than its conversation may last."""
        self.asynchronous = True
        deadline = self.inherited.deadline
        if deadline is not None:
            # A little longer: that its time is over is first of all the initiator's to say.
            coroutine = _within(coroutine, deadline - self.runtime.backend.now() + GRACE)
        self.runtime.backend.run_coroutine(coroutine, ended)

    def abandon(self, error: AgentDiedError) -> None:
        """The agent was closed in the midst of the turn: whoever waits for it is told."""

    # --- waits ----------------------------------------------------------------------------------

    def wait(
        self, peers: tuple[AgentRef, ...], start: Start, timeout: float | None
    ) -> Outcome | None:
        """Give the mailbox's token on, and hold this thread until the answer is there.

        Args:
            peers: whom the turn waits for.
            start: begins what is waited for, given what to call with the outcome.
            timeout: seconds; ``None`` comes back when they are over.
        """
        if self.asynchronous:
            raise TurnError(WOULD_BLOCK)
        self._check_going_on()
        mailbox, backend = self.mailbox, self.runtime.backend
        wait = mailbox.wait_for(peers, self)
        latch = backend.latch()
        wait.wake = latch.set
        held = self._hold_what_it_begins(wait)
        try:
            cancel = self._start(wait, start)
        finally:
            self._held = None
        timer = None
        if timeout is not None:
            timer = backend.call_later(timeout, lambda: wait.answer(None))
        mailbox.yield_token()
        try:
            if not self._is_over_here(wait, held):
                backend.block(latch, None, mailbox)
        except BaseException:
            if cancel is not None:
                cancel()
            raise
        finally:
            self._resumed(wait)
            if timer is not None:
                timer.cancel()
        outcome: Outcome | None = wait.outcome
        return outcome

    def step_aside(self, waiting: Waiting, go_on: Callable[[], object]) -> PendingWait | None:
        """Begin a wait that holds no thread.

        Returns:
            the wait, for `step_back`, if it is over already: what was waited for was run on this
            thread. Otherwise ``None``, and ``go_on()`` is called when it is over; the mailbox's token
            is the turn's then.
        """
        mailbox = self.mailbox
        wait = mailbox.wait_for(waiting.peers, self)
        waker = _Waker()
        wait.wake = waker.set
        held = self._hold_what_it_begins(wait)
        try:
            self._start(wait, waiting.start)
        finally:
            self._held = None
        self._wait = wait
        mailbox.yield_token()
        return wait if self._is_over_here(wait, held) or waker.is_set_or(go_on) else None

    def step_back(self) -> Outcome:
        """Go on after a wait: give what came of it."""
        wait = self._wait
        assert wait is not None
        self._wait = None
        self._resumed(wait)
        outcome: Outcome = wait.outcome
        return outcome

    def _hold_what_it_begins(self, wait: PendingWait) -> list[Runnable] | None:
        """Collect what a wait begins, if the thread that waits may run it.

        It may, but for the stack, which is not to grow with nested waits.
        """
        wait.away = len(self.inherited.chain) < HERE
        self._held = [] if wait.away else None
        return self._held

    def _is_over_here(self, wait: PendingWait, held: list[Runnable] | None) -> bool:
        """Run on this thread what a wait has begun; say whether the turn can go on after that.

        The turn gets its token when this thread is back, and no sooner: until then the agent takes
        what those turns need of it, as they are above it on the stack.
        """
        if held is None:
            return False
        if held:
            self.runtime.backend.run_here(held, wait)
        return self.mailbox.come_back(wait)

    async def a_wait(self, peers: tuple[AgentRef, ...], start: Start) -> Outcome:
        """The same for an ``async def`` rule, which holds no thread meanwhile."""
        self._check_going_on()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        wait = self.mailbox.wait_for(peers, self)
        wait.wake = lambda: loop.call_soon_threadsafe(_finish, future)
        cancel = self._start(wait, start)
        self.mailbox.yield_token()
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            # The rule's code goes on from here, so the turn needs its mailbox's token back first.
            if cancel is not None:
                cancel()
            wait.answer(None)
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(future)
            raise
        finally:
            self._forget(wait)
        outcome: Outcome = wait.outcome
        return outcome

    def _forget(self, wait: PendingWait) -> None:
        self.mailbox.forget(wait)
        if self.mailbox.closed and self.exchange.phase is Phase.WAITING:
            # It was told that its agent is closed, and nothing of what it lent.
            self.exchange, _ = step(self.exchange, Returned(0))

    def _check_going_on(self) -> None:
        # A thread or task of a rule's may outlive its turn; the mailbox's token is another's then.
        if self.mailbox.turn is not self:
            raise TurnError(OVER)

    def _from_thread(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Hold the calling thread, one of those on which tools of an async turn run."""
        here = asyncio._get_running_loop() is not None
        if self.loop is None or here:
            coroutine.close()
            raise TurnError(WOULD_BLOCK if here else OVER)
        loop = self.loop
        future = asyncio.run_coroutine_threadsafe(self._lent_to(coroutine), loop)
        while not self.runtime.backend.hold_thread(future, LOOK):
            if loop.is_closed():  # the system was closed just now
                raise TurnError(OVER)
        return future.result()

    async def _lent_to(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        if self.loop is None:  # in the meantime
            coroutine.close()
            raise TurnError(OVER)
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None
        self._tasks = (*self._tasks, task)
        try:
            return await coroutine
        finally:
            self._tasks = tuple([each for each in self._tasks if each is not task])

    async def take_from_threads(self) -> None:
        """Let threads of tools begin nothing more: the turn goes on, or ends, without them."""
        self.loop = None
        tasks = self._tasks
        for task in tasks:
            task.cancel()
        if tasks:  # until the turn has its mailbox's token back
            await asyncio.wait(tasks)

    def hold_for(self, awaitable: Awaitable[Any]) -> Any:
        """Hold the calling thread, with the mailbox's token, until an answer from outside is there."""
        coroutine: Coroutine[Any, Any, Any] = awaiting(awaitable)
        if self.asynchronous:
            return self._from_thread(coroutine)
        backend, deadline = self.runtime.backend, self.inherited.deadline
        if deadline is not None:
            coroutine = _within(coroutine, deadline - backend.now() + GRACE)
        latch, came = backend.latch(), list[tuple[Any, BaseException | None]]()

        def done(value: Any, error: BaseException | None) -> None:
            came.append((value, error))
            latch.set()

        backend.run_coroutine(coroutine, done)
        backend.block(latch, None, None)
        _CURRENT.set(self)  # type: ignore[arg-type]
        value, error = came[0]
        if error is not None:
            raise error
        return value

    def _one_at_a_time(self) -> asyncio.Lock:
        if self._lent is None:
            self._lent = asyncio.Lock()
        return self._lent

    def _start(self, wait: PendingWait, start: Start) -> Any:
        try:
            return start(wait.answer)
        except BaseException:
            self.mailbox.forget(wait)
            for runnable in self._held or ():
                self.runtime.schedule(runnable)
            raise

    def _dispatch(self, item: Any, to: AgentRef) -> None:
        """Deliver what the turn begins, and have it run, if not by the wait for it."""
        runtime = self.runtime
        mailbox = runtime.mailboxes.get(to.name)
        mailbox = runtime.deliver(item, to) if mailbox is None else mailbox.post(item)
        if mailbox is None:
            return
        # At a deadline the turn is to go on, whatever its thread was at.
        if self._held is None or item.conversation.inherited.deadline is not None:
            runtime.schedule(mailbox)
        else:
            self._held.append(mailbox)

    def _resumed(self, wait: PendingWait) -> None:
        self._forget(wait)
        _CURRENT.set(self)  # type: ignore[arg-type]  # on a backend without threads, others' turns were run meanwhile


async def _within(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    return await asyncio.wait_for(coroutine, max(0.0, seconds))


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
