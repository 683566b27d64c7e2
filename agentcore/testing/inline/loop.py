"""The event loop of the inline backend: steps when it is told to, and has the backend's time."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import selectors
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from contextvars import Context
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

import attrs
from loguru import logger

from agentcore.base.steps import close_coroutine
from agentcore.runtime.raised import is_interrupt, report_outcome
from agentcore.testing.inline.clock import Clock
from agentcore.testing.inline.scheduler import Scheduler
from agentcore.testing.inline.threads import Threads

__all__ = ["VirtualLoop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio event loop that is itself a runnable: `run` is one round of what is ready.

    Its timers run on the virtual clock, so that ``asyncio.sleep`` costs no time. Sockets are real:
    it looks at them when nothing else can run, and while something is expected of them, the clock
    goes as the real one does. So it does while a thread is astray; see
    `agentcore.testing.inline.threads`.

    Attributes:
        name: for the trace.
    """

    name = "event loop"

    def __init__(self, scheduler: Scheduler, clock: Clock, threads: Threads) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._blocking = threads
        self._scheduled_here = False
        self._tasks: dict[asyncio.Task[None], None] = {}  # in the order in which they were begun
        self._io = _Ears()
        super().__init__(self._io)
        self._own_files = len(self._io.get_map())  # what wakes the loop up from other threads
        scheduler.on_outside = self._wake_from_outside

    def run(self) -> None:
        """Run what is ready, once; `Runnable`."""
        self._scheduled_here = False
        if self.is_closed():
            return
        super().call_soon(self.stop)
        try:
            self.run_forever()
        except BaseException as error:  # asyncio lets SystemExit and KeyboardInterrupt through
            self.wake()  # for what was left of the round
            if is_interrupt(error):
                raise
            logger.opt(exception=error).warning(
                "{} was raised in a task or callback; the event loop goes on", type(error).__name__
            )
        finally:
            self._io.listens = False

    def wake(self) -> None:
        """Have the loop run soon."""
        if not self._scheduled_here:
            self._scheduled_here = True
            self._scheduler.schedule(self)

    # --- what asyncio asks of a loop ------------------------------------------------------------

    def time(self) -> float:
        """Give the virtual time."""
        return self._clock.now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the next round."""
        self.wake()
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the next round; from outside, in a round that begins when nothing can run."""
        if self._scheduler.inside:
            return self.call_soon(callback, *args, context=context)
        if self.is_closed():
            raise RuntimeError("Event loop is closed")  # as asyncio does
        handle = asyncio.Handle(callback, args, self, context)
        self._scheduler.schedule(_Posted(self, handle))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it at a virtual time."""
        handle = super().call_at(when, callback, *args, context=context)
        self._clock.after(when - self.time(), self.wake)
        return handle

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run it in a thread, which begins when the scheduler says so."""
        call = self._blocking.run(executor, partial(func, *args))
        future: asyncio.Future[T] = asyncio.wrap_future(call.outcome, loop=self)
        future.add_done_callback(lambda _: self._blocking.awaited.pop(call, None))
        return future

    # --- coroutines that the backend has it run -------------------------------------------------

    def begin(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], None]:
        """Run a coroutine in a copy of the calling context; ``done`` is called at its end.

        Returns:
            a function that cancels it.
        """
        reported = False

        def report(value: Any, error: BaseException | None) -> None:
            nonlocal reported
            if not reported:
                reported = True
                done(value, error)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.pop(task)
            close_coroutine(coroutine)
            if task.cancelled():  # before it had begun
                report(None, asyncio.CancelledError())

        def cancel() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self.call_soon_threadsafe(task.cancel)

        task = self.create_task(
            report_outcome(coroutine, report), context=contextvars.copy_context()
        )
        self._tasks[task] = None
        task.add_done_callback(ended)
        return cancel

    def finish(self) -> None:
        """End what is left in it, as far as that takes no time, and close it."""
        self._cancel(list(self._tasks))
        self._cancel(sorted(asyncio.all_tasks(self), key=_creation))  # what those had begun
        closing = self.create_task(self.shutdown_asyncgens())
        self._run_out(closing.done)
        for task in asyncio.all_tasks(self):  # they wait for what is closed: not worth a warning
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with contextlib.suppress(RuntimeError):  # it awaits something in the face of its end
                close_coroutine(task.get_coro())
        self.close()

    def _cancel(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        self._run_out(lambda: all(task.done() for task in tasks))

    def _run_out(self, over: Callable[[], bool]) -> None:
        while not over() and self._scheduler.step():
            pass

    # --- the world outside ----------------------------------------------------------------------

    def expects(self) -> bool:
        """Whether something is to come that takes real time: from a socket, or a thread."""
        return len(self._io.get_map()) > self._own_files or self._blocking.expects()

    def wait(self, most: float | None) -> float:
        """Wait, ``most`` seconds, until something has come; give the seconds that it took."""
        began = time.monotonic()
        self._io.listens = True
        self._io.select(most)
        self.wake()
        return time.monotonic() - began

    def listen(self) -> None:
        """Look at the sockets in the next round, without a wait."""
        self._io.listens = True
        self.wake()

    def _wake_from_outside(self) -> None:
        if not self.is_closed():
            super().call_soon_threadsafe(_nothing)


class _Ears(selectors.DefaultSelector):
    """Hears of sockets only when it is to listen.

    Attributes:
        listens: whether it looks at all; what is there stays there until then.
    """

    listens = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for sockets, if it is to listen."""
        return super().select(timeout) if self.listens else []


@attrs.frozen
class _Posted:
    """What a thread outside of the schedule has the loop call."""

    _loop: VirtualLoop
    _handle: asyncio.Handle
    name: str = "a call from outside"

    def run(self) -> None:
        if not self._handle.cancelled() and not self._loop.is_closed():
            self._loop.call_soon(self._handle._run)


def _creation(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Give a key that sorts tasks as they were made: their names end in a number."""
    return len(task.get_name()), task.get_name()


def _nothing() -> None:
    pass
