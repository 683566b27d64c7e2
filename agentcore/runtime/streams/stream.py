"""`Stream`: the chunks of one stream that are kept, and its readers, in its agent's process."""

from __future__ import annotations

import abc
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from agentcore.base.error_words import words_of
from agentcore.base.errors import AgentCoreError, StreamNotFoundError
from agentcore.base.frozen import EMPTY, freeze, isolate
from agentcore.protocol.chat_errors import ReplyError, ReplyTypeError
from agentcore.protocol.streamed import settle_streamed
from agentcore.runtime.runtime_port import RuntimePort

__all__ = ["Batch", "Stream"]

BATCH = 64  # the most chunks that a reader is given at once


@attrs.frozen
class Batch:
    """Some chunks for a reader, and perhaps the end of the stream.

    Attributes:
        chunks: the text and metadata of each.
        over: whether these are the last chunks.
        error: raised to the reader after these chunks; ``None`` at an ordinary end.
    """

    chunks: tuple[tuple[str, Any], ...] = ()
    over: bool = False
    error: BaseException | None = None


@attrs.frozen
class _Chunk:
    text: str
    metadata: Any
    opaque: bool

    def give(self) -> tuple[str, Any]:
        """Give text and metadata for one reader, which shares nothing mutable with others."""
        return self.text, isolate(self.metadata) if self.opaque else self.metadata


class Stream(abc.ABC):
    """The chunks of one stream, and its readers. Its methods may be called on any thread.

    Only the last ``stream_keep_chunks`` chunks are kept. Chunks are counted from 0, from the
    beginning of the stream.

    Args:
        runtime: the runtime of this process.
        agent: the name of the agent that answered with it.
        rule: the name of the rule that did, for errors.
        source: the iterable of chunks.

    Attributes:
        id: unique in its system.
    """

    def __init__(self, runtime: RuntimePort, agent: str, rule: str, source: Any) -> None:
        self.id = runtime.new_id()
        self.agent = agent
        self._rule = rule
        self._runtime = runtime
        self._keep = runtime.core.stream_keep_chunks
        self._source = source
        # Reentrant: the garbage collector may delete a reader, which then calls `release`, on a
        # thread that has the lock already.
        self._lock = threading.RLock()
        self._chunks: list[_Chunk] = []
        self._texts: list[str] = []
        self._whole: dict[str, Any] = {}  # the metadata of all chunks
        self._dropped = 0
        self._wanted = 0
        self._over = False
        self._error: BaseException | None = None
        self._gone: BaseException | None = None
        self._readers: dict[str, str] = {}
        self._waiting: list[Callable[[], object]] = []
        self._used = runtime.backend.now()

    def __str__(self) -> str:
        return f"stream {self.id!r} of agent {self.agent!r}"

    @property
    def _made(self) -> int:
        return self._dropped + len(self._chunks)

    # --- readers --------------------------------------------------------------------------------

    def hold(self, reader: str, place: str, index: int = 0) -> None:
        """Register a reader, or note that it goes on reading.

        Args:
            reader: the id of the reader.
            place: its process.
            index: the chunk that it reads next.

        Raises:
            StreamNotFoundError: the stream, or its chunk ``index``, is no longer kept.
        """
        with self._lock:
            if self._gone is not None and reader not in self._readers:
                own = isinstance(self._gone, StreamNotFoundError)
                text = self._gone if own else f"{self} is no longer kept: {self._gone}"
                raise StreamNotFoundError(str(text))
            if self._gone is None and index < self._dropped:
                self._readers.pop(reader, None)
                raise self._too_late(index)
            self._readers[reader] = place

    def release(self, reader: str, early: bool) -> None:
        """Remove a reader; the last one ends the stream, if ``early``: before its end."""
        with self._lock:
            self._readers.pop(reader, None)
            unwanted = early and not self._readers and not self._over
        if unwanted:
            text = f"{self} was closed by its reader before its end, and is no longer kept"
            self.end(StreamNotFoundError(text))

    def lost(self, place: str) -> None:
        """Remove the readers of the process at ``place``, which ended."""
        with self._lock:
            readers = [reader for reader, where in self._readers.items() if where == place]
        for reader in readers:
            self.release(reader, True)

    def is_read(self) -> bool:
        """Whether it has readers, in any process."""
        return bool(self._readers)

    def get(self, index: int) -> Batch | None:
        """Give chunks from ``index`` on; ``None`` if none is there yet and the stream goes on."""
        with self._lock:
            if self._gone is not None:
                return Batch((), True, self._gone)
            if index < self._dropped:
                return Batch((), True, self._too_late(index))
            start = index - self._dropped
            chunks = self._chunks[start : start + BATCH]
            if not chunks and not self._over:
                return None
            self._used = self._runtime.backend.now()
            over = self._over and start + len(chunks) >= len(self._chunks)
            error = self._error if over else None
        return Batch(tuple([chunk.give() for chunk in chunks]), over, error)

    def when_there(self, index: int, callback: Callable[[], object]) -> None:
        """Call ``callback()``, on any thread, as soon as ``get(index)`` is not ``None``."""
        with self._lock:
            there = self._over or index < self._made
            if not there:
                self._waiting.append(callback)
        if there:
            callback()

    @abc.abstractmethod
    def demand(self, until: int) -> None:
        """Let the chunks before ``until`` be made on another thread; never blocks."""

    def pull(self) -> bool:
        """Make a chunk on the calling thread, if that is possible now; say whether it was."""
        return False

    # --- the end --------------------------------------------------------------------------------

    def unused_since(self) -> float | None:
        """Give the time of its last use, on the backend's clock; ``None`` while it is in use."""
        with self._lock:
            here = self._runtime.place in self._readers.values()
            return None if here or self._waiting else self._used

    def end(self, gone: AgentCoreError) -> None:
        """Free chunks and source; whoever goes on reading gets the error ``gone``."""
        with self._lock:
            self._gone = gone
            self._chunks = []
        self._finish(None, True)

    def _finish(self, error: BaseException | None, cut: bool) -> None:
        """End the stream, once; ``cut`` says that the source was not at its end, and is closed."""
        with self._lock:
            if self._over:
                return
            self._over = True
            self._error = error
            self._used = self._runtime.backend.now()
            source, self._source = self._source, None
        texts, self._texts = self._texts, []
        if cut:
            self._stop(source)
        elif error is None:
            settle_streamed(self.id, "".join(texts), self._whole)
        self._wake()

    @abc.abstractmethod
    def _stop(self, source: Any) -> None:
        """Close the source, now or as soon as it does not run."""

    def _fail(self, error: BaseException) -> None:
        kind = ReplyTypeError if isinstance(error, _NoChunk) else ReplyError
        failure = kind(
            f"the stream of agent {self.agent!r}, from its rule {self._rule}, raised "
            f"{words_of(error)}",
            agent=self.agent,
            rule=self._rule,
            traceback="".join(traceback.format_exception(error)),
        )
        failure.__cause__ = error
        self._finish(failure, True)

    # --- new chunks -----------------------------------------------------------------------------

    def _put(self, item: Any) -> None:
        chunk = _as_chunk(item)
        with self._lock:
            if self._over:
                return  # the stream was ended while the source ran
            self._chunks.append(chunk)
            self._texts.append(chunk.text)
            if isinstance(chunk.metadata, Mapping):
                self._whole.update(chunk.metadata)
            if len(self._chunks) > self._keep:
                del self._chunks[0]
                self._dropped += 1
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for callback in waiting:
            callback()

    def _too_late(self, index: int) -> StreamNotFoundError:
        return StreamNotFoundError(
            f"chunk {index} of {self} is no longer kept: only the last {self._keep} are "
            "(stream_keep_chunks)"
        )


class _NoChunk(TypeError):
    """A source yielded something that is no chunk."""


def _as_chunk(item: Any) -> _Chunk:
    text, metadata = item if type(item) is tuple and len(item) == 2 else (item, EMPTY)
    if not isinstance(text, str):
        raise _NoChunk(f"a chunk is a str or (str, metadata), not {item!r:.200}")
    frozen, opaque = freeze(metadata)
    # A copy, because the source may change an object after it yielded it.
    return _Chunk(text, isolate(frozen) if opaque else frozen, opaque)
