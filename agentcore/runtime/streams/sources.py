"""Streams of the two kinds of sources: plain iterables, and async iterables.

A source runs only as far as readers ask. So a slow reader slows the source, and a stream that
nobody reads costs nothing. A plain iterable runs on the thread of its reader; for readers that
block no thread, the backend runs it as a job. An async iterable runs in one task on the backend's
event loop from beginning to end, because timeouts and task groups are bound to a task.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs

from agentcore.base import logger
from agentcore.base.errors import TurnError
from agentcore.runtime.raised import is_interrupt
from agentcore.runtime.streams.stream import Stream
from agentcore.runtime.turns.turn import set_current_turn

__all__ = ["AsyncStream", "PlainStream"]


class PlainStream(Stream):
    """A stream of a plain iterable."""

    _source: Iterable[Any] | None
    _iterator: Iterator[Any] | None = None
    _busy: int | None = None  # the id of the thread that runs the source now
    _cut = False  # whether the source is to be closed before its end

    def demand(self, until: int) -> None:
        """Let a job of the backend make them, or the thread that runs the source already."""
        with self._lock:
            self._wanted = max(self._wanted, until)
            idle = self._busy is None
        if idle and self._wants_more():
            self._runtime.schedule(_Work(self))

    def _wants_more(self) -> bool:
        with self._lock:
            return self._made < self._wanted and not self._over

    def work(self) -> None:
        """Make the chunks that are wanted, outside of any turn."""
        set_current_turn(None)
        while self._wants_more() and self._pull():
            pass

    def pull(self) -> bool:
        """Make a chunk for a reader of this process, on the reader's thread and in its turn."""
        if self._busy == threading.get_ident():
            raise TurnError(
                f"the stream of agent {self.agent!r} waits for itself: its own source reads it"
            )
        pulled = self._pull()
        if pulled and self._wants_more():  # `demand` was called meanwhile, and left it to us
            self._runtime.schedule(_Work(self))
        return pulled

    def _pull(self) -> bool:
        with self._lock:
            if self._over:
                return True  # `get` gives the end
            if self._busy is not None:
                return False
            self._busy = threading.get_ident()
            source = self._source
        try:
            if self._iterator is None:
                self._iterator = iter(() if source is None else source)
            self._put(next(self._iterator))
        except StopIteration:
            self._finish(None, False)
        except BaseException as error:
            self._fail(error)
            if is_interrupt(error):  # it reaches the reader too
                raise
        finally:
            with self._lock:
                self._busy = None
                cut = self._cut
            if cut:
                self._close(source)
        return True

    def _stop(self, source: Any) -> None:
        with self._lock:
            self._cut = True
            busy = self._busy is not None
        if not busy:
            self._close(source)

    def _close(self, source: Any) -> None:
        iterator, self._iterator = self._iterator, None
        for part in _parts(iterator, source):
            try:
                getattr(part, "close", _nothing)()
            except BaseException as error:
                if is_interrupt(error):
                    raise
                logger.warning("closing a stream of {} raised: {!r}", self.agent, error)


class AsyncStream(Stream):
    """A stream of an async iterable."""

    _source: AsyncIterable[Any] | None
    _started = False
    _wake_up: Callable[[], object] | None = None
    _cancel: Callable[[], object] | None = None

    def demand(self, until: int) -> None:
        """Start the task that makes them, or wake it."""
        with self._lock:
            if self._over:
                return
            self._wanted = max(self._wanted, until)
            start, self._started = not self._started, True
            wake_up, self._wake_up = self._wake_up, None
        if start:
            self._runtime.backend.run_coroutine(self._drive(), self._ended)
        elif wake_up is not None:
            wake_up()

    async def _drive(self) -> None:
        set_current_turn(None)  # the task copied the context of the turn that read the first chunk
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        with self._lock:
            source = self._source
            if source is None:
                return
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        iterator: AsyncIterator[Any] | None = None
        whole = False
        try:
            iterator = aiter(source)
            async for item in iterator:
                self._put(item)
                await self._until_wanted(loop)
            whole = True
        finally:
            if not whole:
                await self._aclose(iterator, source)

    async def _until_wanted(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            with self._lock:
                if self._made < self._wanted:
                    return
                future: asyncio.Future[None] = loop.create_future()
                self._wake_up = partial(loop.call_soon_threadsafe, _finish, future)
            await future

    def _ended(self, value: Any, error: BaseException | None) -> None:
        with self._lock:
            self._cancel = self._wake_up = None
        if error is None:
            self._finish(None, False)
        else:
            self._fail(error)

    def _stop(self, source: Any) -> None:
        with self._lock:
            cancel, self._cancel = self._cancel, None
        if cancel is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and has cancelled it
                cancel()
        elif not self._started and not inspect.isasyncgen(source):
            # An object that was not iterated yet may hold a connection.
            self._runtime.backend.run_coroutine(self._aclose(None, source), _ignore)

    async def _aclose(self, iterator: Any, source: Any) -> None:
        for part in _parts(iterator, source):
            close: Any = getattr(part, "aclose", None) or getattr(part, "close", _nothing)
            try:
                closing = close()
                if inspect.isawaitable(closing):
                    await closing
            except Exception as error:
                logger.warning("closing a stream of {} raised: {!r}", self.agent, error)


@attrs.frozen
class _Work:
    """A `Runnable` that makes the chunks of a plain stream on a thread of the backend."""

    _stream: PlainStream

    def run(self) -> None:
        with contextlib.suppress(BaseException):  # the readers get the error from the stream
            self._stream.work()


def _parts(iterator: Any, source: Any) -> list[Any]:
    """Give the objects to close: the iterator, and the source, which may hold a connection."""
    parts = [iterator] if iterator is source else [iterator, source]
    return [part for part in parts if part is not None]


def _nothing() -> None:
    pass


def _ignore(value: Any, error: BaseException | None) -> None:
    pass


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
