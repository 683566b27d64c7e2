"""The event loop of the inline backend: steps when it is told to, and has the backend's time."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, Protocol, TypeVar, TypeVarTuple

__all__ = ["VirtualLoop"]


T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Clock(Protocol):
    """What the loop asks of the backend."""

    def now(self) -> float:
        """Give the virtual time."""

    def schedule(self, runnable: Any) -> None:
        """Run ``runnable.run()`` in its turn."""

    def call_later(self, delay: float, function: Callable[[], None]) -> Any:
        """Call ``function()`` after ``delay`` virtual seconds."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio event loop that is itself a runnable: `run` is one round of what is ready.

    Its timers run on the virtual clock, so that ``asyncio.sleep`` costs no time. Sockets and
    threads are real: while something is expected of them, the clock goes as the real one does.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduled_here = False
        self._threads = 0
        self._used_threads = False
        self._io = selectors.DefaultSelector()
        super().__init__(self._io)
        self._own_files = len(self._io.get_map())  # what wakes the loop up from other threads

    def run(self) -> None:
        """Run what is ready, once; `Runnable`."""
        self._scheduled_here = False
        super().call_soon(self.stop)
        self.run_forever()

    def wake(self) -> None:
        """Have the loop run soon."""
        if not self._scheduled_here:
            self._scheduled_here = True
            self._clock.schedule(self)

    # --- what asyncio asks of a loop ------------------------------------------------------------

    def time(self) -> float:
        """Give the virtual time."""
        return self._clock.now()

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the next round."""
        self.wake()
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the next round; from any thread."""
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self.wake()
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
        self._clock.call_later(when - self.time(), self.wake)
        return handle

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run it in a thread, which takes real time."""
        future = super().run_in_executor(executor, func, *args)
        self._threads += 1
        self._used_threads = True
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, future: asyncio.Future[Any]) -> None:
        self._threads -= 1

    # --- the world outside ----------------------------------------------------------------------

    def expects(self) -> bool:
        """Whether something is to come that takes real time: from a socket, or a thread."""
        return self._threads > 0 or len(self._io.get_map()) > self._own_files

    def wait(self, most: float | None) -> float:
        """Wait, ``most`` seconds, until something has come; give the seconds that it took."""
        began = time.monotonic()
        self._io.select(most)
        self.wake()
        return time.monotonic() - began

    def finish(self) -> None:
        """Close the loop, with what is left in it."""
        self.run_until_complete(self.shutdown_asyncgens())
        if self._used_threads:
            self.run_until_complete(self.shutdown_default_executor())
        self.close()
