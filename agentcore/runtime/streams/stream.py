"""One stream, where its agent lives: the chunks that are kept, and who reads them."""

from __future__ import annotations

import abc
import threading
import traceback
from collections.abc import Callable
from typing import Any

import attrs

from agentcore.base.errors import AgentCoreError, StreamNotFoundError
from agentcore.base.frozen import EMPTY, freeze, isolate
from agentcore.protocol.chat_errors import ReplyError, ReplyTypeError
from agentcore.runtime.runtime_port import RuntimePort

__all__ = ["Batch", "Stream"]

BATCH = 64  # chunks that a reader is given at once, at the most


@attrs.frozen
class Batch:
    """What a reader is given: some chunks, then perhaps the end.

    Attributes:
        chunks: text and metadata of each.
        over: whether these are the last.
        error: raised after them.
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
        """Give it to one reader, who shares nothing mutable with the others."""
        return self.text, isolate(self.metadata) if self.opaque else self.metadata


class Stream(abc.ABC):
    """The chunks of one stream, and who reads them. Its methods may be called on any thread.

    Attributes:
        id: unique in its system.
        agent: the name of the agent that answered with it.
    """

    def __init__(self, runtime: RuntimePort, agent: str, rule: str, source: Any) -> None:
        self.id = runtime.new_id()
        self.agent = agent
        self._rule = rule
        self._runtime = runtime
        self._keep = runtime.core.stream_keep_chunks
        self._source = source
        # A reader may be collected, and let go, while its own thread is in here: hence the R.
        self._lock = threading.RLock()
        self._chunks: list[_Chunk] = []
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
        """``reader``, of the process at ``place``, reads it from ``index`` on, or goes on to.

        Raises:
            StreamNotFoundError: it is no longer kept, or not from ``index`` on.
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
        """``reader`` reads it no more: without readers, and not at its end, it is ended."""
        with self._lock:
            self._readers.pop(reader, None)
            unwanted = early and not self._readers and not self._over
        if unwanted:
            text = f"{self} was closed by its reader before its end, and is no longer kept"
            self.end(StreamNotFoundError(text))

    def lost(self, place: str) -> None:
        """The process at ``place`` is gone, and its readers with it."""
        with self._lock:
            readers = [reader for reader, where in self._readers.items() if where == place]
        for reader in readers:
            self.release(reader, True)

    def is_read(self) -> bool:
        """Whether it has readers, here or elsewhere."""
        return bool(self._readers)

    def get(self, index: int) -> Batch | None:
        """Give chunks from ``index`` on; ``None`` if none is there yet, but may be."""
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
        """Call ``callback()``, on any thread, as soon as `get` has something to give."""
        with self._lock:
            there = self._over or index < self._made
            if not there:
                self._waiting.append(callback)
        if there:
            callback()

    @abc.abstractmethod
    def demand(self, until: int) -> None:
        """See to it that the chunks before ``until`` get made, elsewhere: never blocks."""

    def pull(self) -> bool:
        """Make a chunk on the calling thread, if it can be made here and now; say whether."""
        return False

    # --- the end --------------------------------------------------------------------------------

    def unused_since(self) -> float | None:
        """Say when it was last used; ``None`` while it is in use."""
        with self._lock:
            here = self._runtime.place in self._readers.values()
            return None if here or self._waiting else self._used

    def end(self, gone: AgentCoreError) -> None:
        """Keep it no longer: free chunks and source; whoever reads on gets the error ``gone``."""
        with self._lock:
            self._gone = gone
            self._chunks = []
        self._finish(None, True)

    def _finish(self, error: BaseException | None, cut: bool) -> None:
        """No more chunks; once. ``cut``: the source was not at its end."""
        with self._lock:
            if self._over:
                return
            self._over = True
            self._error = error
            self._used = self._runtime.backend.now()
            source, self._source = self._source, None
        if cut:
            self._stop(source)
        self._wake()

    @abc.abstractmethod
    def _stop(self, source: Any) -> None:
        """Close the source, now or as soon as it is not running."""

    def _fail(self, error: BaseException) -> None:
        kind = ReplyTypeError if isinstance(error, _NoChunk) else ReplyError
        failure = kind(
            f"the stream of agent {self.agent!r}, from its rule {self._rule}, raised "
            f"{type(error).__name__}: {error}",
            agent=self.agent,
            rule=self._rule,
            traceback="".join(traceback.format_exception(error)),
        )
        failure.__cause__ = error
        self._finish(failure, True)

    # --- what the source gives ------------------------------------------------------------------

    def _put(self, item: Any) -> None:
        chunk = _as_chunk(item)
        with self._lock:
            if self._over:
                return  # closed meanwhile: nobody wants it
            self._chunks.append(chunk)
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
    """A source gave what is no chunk."""


def _as_chunk(item: Any) -> _Chunk:
    text, metadata = item if type(item) is tuple and len(item) == 2 else (item, EMPTY)
    if not isinstance(text, str):
        raise _NoChunk(f"a chunk is a str or (str, metadata), not {item!r:.200}")
    frozen, opaque = freeze(metadata)
    # The source may go on to change an object that it gave away.
    return _Chunk(text, isolate(frozen) if opaque else frozen, opaque)
