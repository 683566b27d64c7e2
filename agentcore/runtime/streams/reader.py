"""Readers of streams, of this process and of others."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from agentcore.base.errors import AgentCoreError, TurnError
from agentcore.protocol.agent_ref import AgentRef, StreamChunks
from agentcore.protocol.chat_errors import ChatError
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Question
from agentcore.protocol.streamed import settle_streamed
from agentcore.runtime.blocked_loop import warn_if_loop_is_blocked
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.streams.stream import Batch, Stream
from agentcore.runtime.turns.turn import Turn, current_turn, set_current_turn

__all__ = ["LocalFeed", "RemoteFeed", "StreamReader"]


class StreamReader(StreamChunks):
    """Iterates over a stream from its beginning: gives ``(text, metadata)`` for each chunk.

    Each chunk is given as soon as it is made. Use it with ``for``, and in ``async def`` code with
    ``async for``::

        for text, metadata in user.get_agent_stream_messages("alice", stream_id):
            print(text, end="", flush=True)

    A reader that is closed or deleted before the end of the stream, or whose task is cancelled,
    frees the stream and closes its source, unless there are other readers.

    Raises:
        ReplyError: the source of the chunks raised; the chunks before that are given first.
        StreamNotFoundError: the stream is no longer kept.
        AgentDiedError: the stream's agent was closed.
    """

    def __init__(self, runtime: RuntimePort, feed: Feed) -> None:
        self._runtime = runtime
        self._feed = feed
        self._begun = False
        self._index = 0
        self._buffer: deque[tuple[str, Any]] = deque()
        self._heard = feed.heard()
        self._over = False
        self._error: BaseException | None = None

    def __iter__(self) -> StreamReader:
        return self

    def __next__(self) -> tuple[str, Any]:
        turn = current_turn()
        if turn is not None and turn.asynchronous:
            raise TurnError(
                "this would block the event loop: in an async def rule, write "
                "async for text, metadata in self.get_agent_stream_messages(...)"
            )
        while not self._buffer:
            if turn is not None:
                self._check_wanted(turn)
            elif not self._begun:
                warn_if_loop_is_blocked()
            self._check(StopIteration)
            self._take(self._feed.wait(self._index))
        return self._buffer.popleft()

    def __aiter__(self) -> StreamReader:
        return self

    async def __anext__(self) -> tuple[str, Any]:
        while not self._buffer:
            self._check(StopAsyncIteration)
            try:
                self._take(await self._ask())
            except asyncio.CancelledError:
                self.close()  # whoever was cancelled reads no more
                raise
        return self._buffer.popleft()

    def _check_wanted(self, turn: Turn) -> None:
        try:
            turn.check_wanted()
        except TurnError:
            self.close()
            raise

    async def _ask(self) -> Batch:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Batch] = loop.create_future()

        def give(batch: Batch) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody waits any more
                loop.call_soon_threadsafe(_set, future, batch)

        self._feed.ask(self._index, give)
        if current_turn() is not None:
            return await future
        batch: Batch = await self._runtime.backend.drive(future)
        return batch

    def _check(self, end: type[Exception]) -> None:
        """If the stream is over, raise its error, once, or ``end``."""
        if not self._over:
            self._begun = True
            return
        error, self._error = self._error, None
        if error is None:
            raise end
        # Several readers may raise the same error object, whose traceback would grow each time.
        raise (
            error.with_result(None) if isinstance(error, ChatError) else error.with_traceback(None)
        )

    def _take(self, batch: Batch) -> None:
        if self._over:
            return  # `close` was called meanwhile
        self._index += len(batch.chunks)
        self._buffer.extend(batch.chunks)
        self._heard.add(batch)
        if batch.over:
            self._over = True
            self._error = batch.error
            self._feed.leave(False)

    def close(self) -> None:
        """Stop reading. Without other readers, the stream is freed and its source closed."""
        if not self._over:
            self._over = True
            self._feed.leave(True)
        self._buffer.clear()
        self._error = None

    async def aclose(self) -> None:
        """`close`, under the name that it has in async iterators."""
        self.close()

    def __del__(self) -> None:
        if not self._over:
            self._over = True
            with contextlib.suppress(Exception):  # the interpreter may be ending
                self._feed.drop(self._begun)


class Heard:
    """What a reader of a stream of another process heard, for the messages of it in this one."""

    def __init__(self, stream_id: str) -> None:
        self._id = stream_id
        self._texts: list[str] = []
        self._metadata: dict[str, Any] = {}

    def add(self, batch: Batch) -> None:
        """Add chunks; if they are the last, give messages of this process the text."""
        for text, metadata in batch.chunks:
            self._texts.append(text)
            if isinstance(metadata, Mapping):
                self._metadata.update(metadata)
        if batch.over and batch.error is None:
            settle_streamed(self._id, "".join(self._texts), self._metadata)


class HeardHere:
    """Nothing: a stream of this process settles its messages itself."""

    def add(self, batch: Batch) -> None:
        """Do nothing."""


class Feed(Protocol):
    """Gives a reader its chunks, from this process or from another."""

    def heard(self) -> Heard | HeardHere:
        """Return what is to be told of all chunks, in order."""
        raise NotImplementedError

    def wait(self, index: int) -> Batch:
        """Give chunks from ``index`` on; blocks the calling thread until there are some."""

    def ask(self, index: int, give: Callable[[Batch], None]) -> None:
        """Call ``give`` with chunks from ``index`` on, on any thread; never blocks or raises."""

    def leave(self, early: bool) -> None:
        """Note that the reader stops reading; ``early``: before the end of the stream."""

    def drop(self, begun: bool) -> None:
        """Note that the reader was deleted before the end; ``begun``: it had asked for chunks.

        The garbage collector calls this at any point of any thread, so it must not take locks that
        the thread may have.
        """


class LocalFeed:
    """Gives chunks of a stream of this process."""

    def __init__(self, runtime: RuntimePort, stream: Stream) -> None:
        self._runtime = runtime
        self._stream = stream
        self._reader = runtime.new_id()
        stream.hold(self._reader, runtime.place)

    def heard(self) -> HeardHere:
        return HeardHere()

    def wait(self, index: int) -> Batch:
        stream = self._stream
        while (batch := stream.get(index)) is None:
            if not stream.pull():
                latch = self._runtime.backend.latch()
                stream.demand(index + 1)
                stream.when_there(index, latch.set)
                _block(self._runtime, latch)
        return batch

    def ask(self, index: int, give: Callable[[Batch], None]) -> None:
        stream = self._stream

        def there() -> None:
            batch = stream.get(index)
            assert batch is not None
            give(batch)

        stream.demand(index + 1)
        stream.when_there(index, there)

    def leave(self, early: bool) -> None:
        self._stream.release(self._reader, early)

    def drop(self, begun: bool) -> None:
        self._stream.release(self._reader, begun)


class RemoteFeed:
    """Gives chunks of a stream of another process, which it asks for a batch at a time."""

    def __init__(self, runtime: RuntimePort, ref: AgentRef, stream_id: str) -> None:
        self._runtime = runtime
        self._ref = ref
        self._id = stream_id
        self._reader = runtime.new_id()

    def heard(self) -> Heard:
        return Heard(self._id)

    def wait(self, index: int) -> Batch:
        latch = self._runtime.backend.latch()
        given: list[Batch] = []

        def give(batch: Batch) -> None:
            given.append(batch)
            latch.set()

        self.ask(index, give)
        _block(self._runtime, latch)
        return given[0]

    def ask(self, index: int, give: Callable[[Batch], None]) -> None:
        runtime = self._runtime
        try:
            ticket = runtime.new_ticket(self._ref)
        except AgentCoreError as error:
            give(Batch((), True, error))
            return
        ticket._when_done(lambda outcome: give(outcome.value or Batch((), True, outcome.error)))
        args = (self._ref.name, self._id, index, self._reader)
        try:
            runtime.send_to(self._ref.place, Question(ticket._id, "stream", args, runtime.place))
        except Exception as error:
            runtime.receive(Answer(ticket._id, Outcome(None, error=error)))

    def leave(self, early: bool) -> None:
        if early:
            args = (self._id, self._reader)
            with contextlib.suppress(Exception):  # that process ended, and the stream with it
                self._runtime.send_to(
                    self._ref.place, Question("", "stream_close", args, self._runtime.place)
                )

    def drop(self, begun: bool) -> None:
        # By a timer, on another thread: sending takes locks that this thread may have.
        if begun:
            self._runtime.backend.call_later(0.0, lambda: self.leave(True))


def _block(runtime: RuntimePort, latch: Any) -> None:
    turn = current_turn()
    runtime.backend.block(latch, None, None)
    set_current_turn(turn)  # a backend without threads ran other turns on this thread meanwhile


def _set(future: asyncio.Future[Batch], batch: Batch) -> None:
    if not future.done():
        future.set_result(batch)
