"""The event loop of a system's process, on a thread of its own: ``async def`` rules and timers."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeAlias

from loguru import logger

from agentcore.backend import close_coroutine, report_outcome
from agentcore.errors import SystemClosedError

__all__ = ["EventLoopThread", "LoopTimer"]

# Is called with the value of a coroutine, and with what it raised.
Done: TypeAlias = Callable[[Any, BaseException | None], None]

CLOSING_INTERVAL = 0.01  # seconds between two checks whether all cancelled tasks have ended
CLOSING_SECONDS = 0.5  # for what async generators do at their end
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
    """An asyncio event loop on a daemon thread of its own, started when it is first needed.

    Nothing that runs on it ends it: neither ``SystemExit`` in a task that a tool began, nor
    ``loop.stop()``. If it breaks all the same, as when its file descriptors were closed, every
    coroutine that it had is reported as failed, and so is each one that comes later.

    Args:
        name: how the name of the thread begins.
        on_break: called once if the loop breaks, on its thread, with what it broke by.
    """

    def __init__(
        self,
        name: str = "agentcore",
        on_break: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        self._name = name
        self._on_break = on_break
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pending: dict[Coroutine[Any, Any, Any], Done] = {}  # those not reported yet
        self._closing = False
        self._ended = False

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

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            while not self._closing:
                self._run_on(loop)
        except BaseException as error:
            logger.opt(exception=error).error("the event loop broke; its system is closed")
            self._on_break(error)
        finally:
            self._ended = True
            self._report_the_rest()
            for task in self._tasks:  # in the face of its end: not worth a warning
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            if self._closing:
                _close_generators(loop)
            with contextlib.suppress(Exception):  # one that broke may not be able to
                loop.close()

    def _run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the loop until `close` stops it, or code of the user's does."""
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            # asyncio lets these through. Whoever awaits the task that raised them gets them, too.
            logger.opt(exception=error).warning(
                "{} was raised in a task or callback; the event loop goes on", type(error).__name__
            )
        else:
            if not self._closing:
                logger.warning("code that ran on the event loop stopped it; it goes on")

    def run_coroutine(self, coroutine: Coroutine[Any, Any, Any], done: Done) -> Callable[[], None]:
        """Run ``coroutine`` in a copy of the calling context.

        Args:
            coroutine: what to run; called from any thread.
            done: called once, with its value and what it raised: on the loop's thread at its end,
                or on any thread if the loop has ended.

        Returns:
            a function that cancels it, on any thread.
        """
        context = contextvars.copy_context()
        loop = self._running()
        self._pending[coroutine] = done

        begun: list[asyncio.Task[None]] = []

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            close_coroutine(coroutine)  # the task may have been cancelled before it began
            self._report(coroutine, None, asyncio.CancelledError())

        def start() -> None:
            report = report_outcome(coroutine, partial(self._report, coroutine))
            task = loop.create_task(report, context=context)
            self._tasks.add(task)
            begun.append(task)
            task.add_done_callback(ended)

        def cancel_begun() -> None:
            for task in begun:
                task.cancel()

        def cancel() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(cancel_begun)  # after `start`

        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(start)
        if self._ended:  # it may have ended before it could begin this one
            self._report_the_rest()
        return cancel

    def _report(
        self, coroutine: Coroutine[Any, Any, Any], value: Any, error: BaseException | None
    ) -> None:
        """Call ``done`` for a coroutine, unless it was called already."""
        done = self._pending.pop(coroutine, None)
        if done is not None:
            done(value, error)

    def _report_the_rest(self) -> None:
        """Fail the coroutines that the loop will never end, because it has ended itself."""
        for coroutine in list(self._pending):
            error = SystemClosedError("the system was closed while a coroutine of it ran")
            self._report(coroutine, None, error)
            with contextlib.suppress(BaseException):  # code of the user's runs once more in it
                coroutine.close()

    def call_later(self, delay: float, function: Callable[[], None]) -> LoopTimer:
        """Call ``function`` after ``delay`` seconds, on the loop's thread, if it has not ended."""
        loop = self._running()
        timer = LoopTimer(loop)
        with contextlib.suppress(RuntimeError):  # the loop is closed
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
                self._closing = True
                loop.stop()

        with contextlib.suppress(RuntimeError):  # it broke, and is closed
            loop.call_soon_threadsafe(finish)
        if thread is not threading.current_thread():
            thread.join(2.0)


def _close_generators(loop: asyncio.AbstractEventLoop) -> None:
    """Let async generators that are still open close what they hold, such as connections."""
    with contextlib.suppress(BaseException):  # they may be the user's
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), CLOSING_SECONDS))
