"""How turns wait: on their thread, on no thread, or in an ``async def`` function.

While a turn waits, its agent's token is given on, so that the agent can take the turns that the
wait depends on.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from agentcore.base.errors import TurnError
from agentcore.base.steps import awaiting
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.state import Phase, Returned
from agentcore.protocol.transitions import step
from agentcore.runtime.ports import Runnable
from agentcore.runtime.turns.tool_threads import OVER, WOULD_BLOCK, ToolThreads
from agentcore.runtime.turns.turn import GRACE, Start, Turn, Waiting, set_current_turn, within
from agentcore.runtime.wait import PendingWait

__all__ = ["TurnWaits", "dispatch", "waits_of"]

DEEPEST_HERE = 16  # sends nested so deep run what they wait for on their own thread


def waits_of(turn: Turn) -> TurnWaits:
    """Give the waits of a turn. They are made at the first, since most turns never wait."""
    waits: TurnWaits | None = turn._waits
    if waits is None:
        waits = turn._waits = TurnWaits(turn)
    return waits


def dispatch(turn: Turn, item: Any, to: AgentRef) -> None:
    """Deliver what a turn begins, and have it run, unless the wait for it will run it.

    Raises:
        AgentNotFoundError, AgentDiedError: there is no such agent, or not any more.
    """
    runtime, waits = turn.runtime, turn._waits
    mailbox = runtime.mailboxes.get(to.name)
    mailbox = runtime.deliver(item, to) if mailbox is None else mailbox.post(item)
    if mailbox is None:
        return
    # With a deadline the turn must be able to go on in time, whatever its thread is at.
    if waits is None or waits.held is None or item.conversation.inherited.deadline is not None:
        runtime.schedule(mailbox)
    else:
        waits.held.append(mailbox)


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
        """Say whether it is set; if not, ``go_on`` is called as soon as it is."""
        with self._lock:
            if not self.is_set:
                self._go_on = go_on
            return self.is_set


class TurnWaits:
    """The waits of one turn.

    Attributes:
        held: what the open wait began, and its own thread is to run; ``None`` where other threads
            run it.
        tool_threads: the threads on which its tools run, while several run at once.
    """

    __slots__ = ("_one_at_a_time", "_turn", "_wait", "held", "tool_threads")

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._wait: PendingWait | None = None  # the one that holds no thread
        self._one_at_a_time: asyncio.Lock | None = None
        self.held: list[Runnable] | None = None
        self.tool_threads = ToolThreads(turn.runtime.backend.hold_thread)

    # --- on the turn's thread -------------------------------------------------------------------

    def wait(
        self, peers: tuple[AgentRef, ...], start: Start, timeout: float | None
    ) -> Outcome | None:
        """Give the agent's token on, and hold this thread until the answer is there.

        Args:
            peers: whom the turn waits for.
            start: begins what it waits for.
            timeout: seconds; when they are over, ``None`` is given.

        Raises:
            TurnError: the turn is over, or its thread is that of an event loop.
        """
        turn = self._turn
        if turn.asynchronous:
            raise TurnError(WOULD_BLOCK)
        self._check_going_on()
        mailbox, backend = turn.mailbox, turn.runtime.backend
        wait = mailbox.wait_for(peers, turn)
        latch = backend.latch()
        wait.wake = latch.set
        cancel, held = self._start(wait, start)
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

    def hold_for(self, awaitable: Awaitable[Any]) -> Any:
        """Hold the calling thread, and the token, until an answer from outside is there."""
        turn, coroutine = self._turn, awaiting(awaitable)
        if turn.asynchronous:
            return self.tool_threads.wait(coroutine)
        backend, deadline = turn.runtime.backend, turn.inherited.deadline
        if deadline is not None:
            coroutine = within(coroutine, deadline - backend.now() + GRACE)
        latch, came = backend.latch(), list[tuple[Any, BaseException | None]]()

        def done(value: Any, error: BaseException | None) -> None:
            came.append((value, error))
            latch.set()

        backend.run_coroutine(coroutine, done)
        backend.block(latch, None, None)
        set_current_turn(turn)
        value, error = came[0]
        if error is not None:
            raise error
        return value

    # --- on no thread ---------------------------------------------------------------------------

    @property
    def stepped_aside(self) -> bool:
        """Say whether a wait is open that holds no thread."""
        return self._wait is not None

    def step_aside(self, waiting: Waiting) -> bool:
        """Begin a wait that holds no thread; pair it with `step_back`.

        Returns:
            whether it is over already, since this thread ran what was waited for. Otherwise the
            turn is resumed when it is over, with its agent's token.
        """
        turn = self._turn
        wait = turn.mailbox.wait_for(waiting.peers, turn)
        waker = _Waker()
        wait.wake = waker.set
        _, held = self._start(wait, waiting.start)
        self._wait = wait
        turn.mailbox.yield_token()
        return self._is_over_here(wait, held) or waker.is_set_or(turn.go_on)

    def step_back(self) -> Outcome:
        """Go on after a wait that held no thread: give what came of it."""
        wait = self._wait
        assert wait is not None
        self._wait = None
        self._resumed(wait)
        outcome: Outcome = wait.outcome
        return outcome

    # --- in async def functions -----------------------------------------------------------------

    @property
    def one_at_a_time(self) -> asyncio.Lock:
        """A lock for what has the turn's budget while it goes on."""
        if self._one_at_a_time is None:
            self._one_at_a_time = asyncio.Lock()
        return self._one_at_a_time

    async def a_wait(self, peers: tuple[AgentRef, ...], start: Start) -> Outcome:
        """`wait` for an ``async def`` rule, which holds no thread meanwhile."""
        self._check_going_on()
        mailbox, loop = self._turn.mailbox, asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        wait = mailbox.wait_for(peers, self._turn)
        wait.wake = lambda: loop.call_soon_threadsafe(_finish, future)
        cancel = self._begin(wait, start)
        mailbox.yield_token()
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            # The rule's code goes on from here, so the turn needs its agent's token back first.
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

    # --- the parts of a wait --------------------------------------------------------------------

    def _check_going_on(self) -> None:
        # A thread or task of a rule's may outlive its turn; the token is another turn's then.
        if self._turn.mailbox.turn is not self._turn:
            raise TurnError(OVER)

    def _start(self, wait: PendingWait, start: Start) -> tuple[Any, list[Runnable] | None]:
        """Begin what is waited for; give what cancels it, and what this thread is to run of it.

        The thread that waits runs what it waits for itself, because a hand-off to a worker and
        back costs 50 us. The stack grows with nested waits, so deep ones leave it to workers.
        """
        wait.away = len(self._turn.inherited.chain) < DEEPEST_HERE
        held = self.held = [] if wait.away else None
        try:
            return self._begin(wait, start), held
        finally:
            self.held = None

    def _begin(self, wait: PendingWait, start: Start) -> Any:
        try:
            return start(wait.answer)
        except BaseException:
            self._turn.mailbox.forget(wait)
            for runnable in self.held or ():
                self._turn.runtime.schedule(runnable)
            raise

    def _is_over_here(self, wait: PendingWait, held: list[Runnable] | None) -> bool:
        """Run on this thread what a wait has begun; say whether the turn can go on after that.

        The turn gets its token when this thread is back, and no sooner: until then the agent takes
        what those turns need of it, as they are above it on the stack.
        """
        if held is None:
            return False
        if held:
            self._turn.runtime.backend.run_here(held, wait)
        return self._turn.mailbox.come_back(wait)

    def _forget(self, wait: PendingWait) -> None:
        turn = self._turn
        turn.mailbox.forget(wait)
        if turn.mailbox.closed and turn.exchange.phase is Phase.WAITING:
            # It was told that its agent is closed, and nothing of what it lent.
            turn.exchange, _ = step(turn.exchange, Returned(0))

    def _resumed(self, wait: PendingWait) -> None:
        self._forget(wait)
        set_current_turn(self._turn)  # a backend without threads took others' turns meanwhile


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
