"""How turns wait for other agents: blocking a thread, without a thread, or by ``await``.

A turn releases its agent's token while it waits, so that the agent can take the turns that the wait
depends on.
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
from agentcore.runtime.turns.time_limit import GRACE, within
from agentcore.runtime.turns.tool_threads import OVER, WOULD_BLOCK, ToolThreads
from agentcore.runtime.turns.turn import Start, Turn, Waiting, set_current_turn
from agentcore.runtime.wait import PendingWait

__all__ = ["TurnWaits", "dispatch", "waits_of"]

DEEPEST_HERE = 16  # up to this nesting depth, a waiting thread runs what it waits for itself


def waits_of(turn: Turn) -> TurnWaits:
    """Give the `TurnWaits` of a turn; it is made at the first wait, since most turns never wait."""
    waits: TurnWaits | None = turn._waits
    if waits is None:
        waits = turn._waits = TurnWaits(turn)
    return waits


def dispatch(turn: Turn, item: Any, to: AgentRef) -> None:
    """Deliver what a turn begins, and schedule it, or leave it to the thread that waits for it.

    Raises:
        AgentNotFoundError, AgentDiedError: there is no such agent, or not any more.
    """
    runtime, waits = turn.runtime, turn._waits
    mailbox = runtime.mailboxes.get(to.address)
    mailbox = runtime.deliver(item, to) if mailbox is None else mailbox.post(item)
    if mailbox is None:
        return
    # If it has a deadline, another thread runs it: the waiting turn must be able to go on in time.
    if waits is None or waits.held is None or item.conversation.inherited.deadline is not None:
        runtime.schedule(mailbox)
    else:
        waits.held.append(mailbox)


class _Waker:
    """A flag that is set once, and calls a function then, if one was given before."""

    __slots__ = ("_go_on", "_lock", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._go_on: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def set(self) -> None:
        """Set the flag, and call the function."""
        with self._lock:
            self.is_set = True
            go_on = self._go_on
        if go_on is not None:
            go_on()

    def is_set_or(self, go_on: Callable[[], object]) -> bool:
        """Say whether the flag is set; if not, call ``go_on`` as soon as it is."""
        with self._lock:
            if not self.is_set:
                self._go_on = go_on
            return self.is_set


class TurnWaits:
    """The waits of one turn.

    Attributes:
        held: runnables that the wait being begun caused, and that the waiting thread is going to
            run itself; ``None`` while other threads run them.
        tool_threads: lets threads of tools wait, while several tools run at once.
    """

    __slots__ = ("_one_at_a_time", "_turn", "_wait", "held", "tool_threads")

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._wait: PendingWait | None = None  # the open wait that blocks no thread
        self._one_at_a_time: asyncio.Lock | None = None
        self.held: list[Runnable] | None = None
        self.tool_threads = ToolThreads(turn.runtime.backend.hold_thread)

    # --- blocking a thread ----------------------------------------------------------------------

    def wait(
        self, peers: tuple[AgentRef, ...], start: Start, timeout: float | None
    ) -> Outcome | None:
        """Release the agent's token, and block this thread until the outcome is there.

        Args:
            peers: the agents that the turn waits for.
            start: begins what it waits for.
            timeout: seconds, or ``None`` for as long as it takes.

        Returns:
            the outcome; ``None`` when the time is over.

        Raises:
            TurnError: the turn is over or was withdrawn, or this would block the event loop.
        """
        turn = self._turn
        if turn.asynchronous:
            raise TurnError(WOULD_BLOCK)
        self._check_going_on()
        mailbox, backend = turn.mailbox, turn.runtime.backend
        wait = mailbox.wait_for(peers, turn)
        latch = backend.latch()
        wait.wake = latch.set
        held = self._start(wait, start)
        timer = None
        if timeout is not None:
            timer = backend.call_later(timeout, lambda: wait.answer(None))
        mailbox.yield_token()
        try:
            if not self._is_over_here(wait, held):
                backend.block(latch, None, mailbox)
        except BaseException:
            if wait.cancel is not None:
                wait.cancel()
            raise
        finally:
            self._resumed(wait)
            if timer is not None:
                timer.cancel()
        turn.check_wanted()
        outcome: Outcome | None = wait.outcome
        return outcome

    def hold_for(self, awaitable: Awaitable[Any]) -> Any:
        """Block the thread, and keep the token, until an awaitable that needs no agent is done."""
        turn, coroutine = self._turn, awaiting(awaitable)
        if turn.asynchronous:
            return self.tool_threads.wait(coroutine)
        backend, deadline = turn.runtime.backend, turn.inherited.deadline
        if deadline is not None:
            seconds = deadline - backend.now() + GRACE
            coroutine = within(coroutine, seconds, turn.mailbox.ref.name)
        latch, came = backend.latch(), list[tuple[Any, BaseException | None]]()

        def done(value: Any, error: BaseException | None) -> None:
            came.append((value, error))
            latch.set()

        turn.run(coroutine, done)
        backend.block(latch, None, None)
        set_current_turn(turn)
        value, error = came[0]
        if error is not None:
            raise error
        return value

    # --- without a thread -----------------------------------------------------------------------

    @property
    def stepped_aside(self) -> bool:
        """Whether a wait is open that blocks no thread."""
        return self._wait is not None

    def step_aside(self, waiting: Waiting) -> bool:
        """Begin a wait that blocks no thread; each call needs one of `step_back`.

        Returns:
            whether it is over already, because this thread ran what was waited for. If not, the
            turn is resumed when the wait is over and its agent's token is free.
        """
        turn = self._turn
        wait = turn.mailbox.wait_for(waiting.peers, turn)
        waker = _Waker()
        wait.wake = waker.set
        held = self._start(wait, waiting.start)
        self._wait = wait
        turn.mailbox.yield_token()
        return self._is_over_here(wait, held) or waker.is_set_or(turn.go_on)

    def step_back(self) -> Outcome:
        """End a wait that blocked no thread, and give its outcome."""
        wait = self._wait
        assert wait is not None
        self._wait = None
        self._resumed(wait)
        outcome: Outcome = wait.outcome
        return outcome

    # --- by await -------------------------------------------------------------------------------

    @property
    def one_at_a_time(self) -> asyncio.Lock:
        """A lock, because only one nested conversation at a time can have the turn's budget."""
        if self._one_at_a_time is None:
            self._one_at_a_time = asyncio.Lock()
        return self._one_at_a_time

    async def a_wait(self, peers: tuple[AgentRef, ...], start: Start) -> Outcome:
        """`wait` for ``async def`` rules: blocks no thread."""
        self._check_going_on()
        mailbox, loop = self._turn.mailbox, asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        wait = mailbox.wait_for(peers, self._turn)
        wait.wake = lambda: loop.call_soon_threadsafe(_finish, future)
        self._begin(wait, start)
        mailbox.yield_token()
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            # The rule's code goes on after this, so the turn must have its agent's token first.
            wait.give_up()
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(future)
            raise
        finally:
            self._forget(wait)
        if self._turn.withdrawn:  # and a task that the rule began is not cancelled with its own
            raise asyncio.CancelledError
        outcome: Outcome = wait.outcome
        return outcome

    # --- the parts of a wait --------------------------------------------------------------------

    def _check_going_on(self) -> None:
        # A thread or task that a rule started may outlive the turn. Another turn may have the
        # agent's token then.
        if self._turn.mailbox.turn is not self._turn:
            raise TurnError(OVER)

    def _start(self, wait: PendingWait, start: Start) -> list[Runnable] | None:
        """Begin what is waited for.

        The waiting thread runs what it waits for itself, because a hand-off to a worker and back
        costs 50 us. That makes its stack deeper with each nested wait, so deep ones use workers.

        Returns:
            the runnables for this thread; ``None`` if other threads run them.
        """
        wait.away = len(self._turn.inherited.chain) < DEEPEST_HERE
        held = self.held = [] if wait.away else None
        try:
            self._begin(wait, start)
        finally:
            self.held = None
        return held

    def _begin(self, wait: PendingWait, start: Start) -> None:
        try:
            wait.cancel = start(wait.answer)
        except BaseException:
            self._turn.mailbox.forget(wait)
            for runnable in self.held or ():
                self._turn.runtime.schedule(runnable)
            raise
        if self._turn.withdrawn:  # `Turn.withdraw` may have come too early to cancel it
            wait.give_up()

    def _is_over_here(self, wait: PendingWait, held: list[Runnable] | None) -> bool:
        """Run on this thread what a wait began; say whether the turn can go on after that.

        The turn gets its agent's token only when this thread is back. Until then other workers take
        turns of the agent that the turns on this thread may depend on.
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
            # The wait was ended because the agent was closed, and without taking the budget back.
            turn.exchange, _ = step(turn.exchange, Returned(0))

    def _resumed(self, wait: PendingWait) -> None:
        self._forget(wait)
        set_current_turn(self._turn)  # this thread may have run other turns meanwhile


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
