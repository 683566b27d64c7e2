"""The event loop of a system's process, on a thread of its own: ``async def`` rules and timers."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["EventLoopThread", "LoopTimer"]

CLOSING_INTERVAL = 0.01  # seconds between two checks whether all cancelled tasks have ended
CLOSING_CHECKS = 20  # checks, after which the loop ends without the tasks that ignore it


class LoopTimer:
    """A timer of the loop; ``cancel`` may be called on any thread."""

    __slots__ = ("_cancelled", "_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None
        self._cancelled = False

    def begin(self, delay: float, function: Callable[[], None]) -> None:
        """Start the timer of ``delay`` seconds; called on the loop's thread."""
        if not self._cancelled:
            self._handle = self._loop.call_later(delay, function)

    def cancel(self) -> None:
        """Stop the timer; does nothing when the function was called already."""
        self._cancelled = True
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class EventLoopThread:
    """An asyncio event loop on a daemon thread of its own, started when it is first needed."""

    def __init__(self, name: str = "agentcore") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            with self._lock:
                if self._loop is None:
                    loop = asyncio.new_event_loop()
                    self._thread = threading.Thread(
                        target=self._run, args=(loop,), name=f"{self._name}-loop", daemon=True
                    )
                    self._thread.start()
                    self._loop = loop
        return self._loop

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.close()

    def run_coroutine(
        self, coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run ``coroutine`` in a copy of the calling context.

        Args:
            coroutine: what to run; called from any thread.
            done: called at its end, on the loop's thread, with its value and what it raised.
        """
        context = contextvars.copy_context()
        loop = self._running()

        async def run() -> None:
            try:
                value = await coroutine
            except GeneratorExit:
                raise  # the interpreter ends, so that nobody waits for ``done``
            except BaseException as error:  # a SystemExit that got through would end the loop
                done(None, error)
            else:
                done(value, None)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            coroutine.close()  # the task may have been cancelled before it began

        def start() -> None:
            task = loop.create_task(run(), context=context)
            self._tasks.add(task)
            task.add_done_callback(ended)

        loop.call_soon_threadsafe(start)

    def call_later(self, delay: float, function: Callable[[], None]) -> LoopTimer:
        """Call ``function`` after ``delay`` seconds, on the loop's thread."""
        loop = self._running()
        timer = LoopTimer(loop)
        loop.call_soon_threadsafe(timer.begin, delay, function)
        return timer

    def close(self) -> None:
        """Cancel the tasks that still run, and end the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            if loop is None or thread is None or loop.is_closed():
                return

        def finish() -> None:
            for task in asyncio.all_tasks(loop):  # also those that threads of tools started
                task.cancel()
            stop_when_done(CLOSING_CHECKS)

        def stop_when_done(checks: int) -> None:
            if checks and asyncio.all_tasks(loop):
                loop.call_later(CLOSING_INTERVAL, stop_when_done, checks - 1)
            else:
                loop.stop()

        loop.call_soon_threadsafe(finish)
        if thread is not threading.current_thread():
            thread.join(2.0)
