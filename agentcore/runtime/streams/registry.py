"""The registry of streams: finds the streams of this process, answers readers, frees streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.base import logger
from agentcore.base.errors import (
    AgentCoreError,
    AgentNotFoundError,
    StreamNotFoundError,
    SystemClosedError,
)
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Question
from agentcore.protocol.streamed import forget_streamed
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.streams.collected import Collecting
from agentcore.runtime.streams.reader import LocalFeed, RemoteFeed, StreamReader
from agentcore.runtime.streams.sources import AsyncStream, PlainStream
from agentcore.runtime.streams.stream import Batch, Stream

__all__ = ["StreamRegistry"]

AHEAD = 64  # how many chunks are made in advance for a reader in another process


class StreamRegistry:
    """The streams of the agents of one process, by their ids.

    A stream that nobody reads is kept for ``stream_keep_seconds`` after its last use.
    """

    def __init__(self, runtime: RuntimePort) -> None:
        self._runtime = runtime
        self._streams: dict[str, Stream] = {}
        self._next_purge = 0.0

    def __contains__(self, stream_id: str) -> bool:
        return stream_id in self._streams

    def add(self, agent: str, rule: str, source: Any) -> Stream:
        """Make a stream; nothing of its source runs before somebody reads it.

        Args:
            agent: the name of the agent that answers with it.
            rule: the name of the rule that does.
            source: an iterable or async iterable of chunks; a str is one chunk.

        Raises:
            TypeError: ``source`` cannot be iterated.
        """
        self._purge()
        kind: type[Stream] = PlainStream
        if isinstance(source, str):
            source = (source,)
        elif hasattr(source, "__aiter__"):
            kind = AsyncStream
        elif not hasattr(source, "__iter__"):
            raise TypeError(
                f"stream_reply takes an iterable of chunks, a generator or an async generator, not "
                f"{source!r:.200}; of a function, give what calling it returns"
            )
        stream = kind(self._runtime, agent, rule, source)
        forget_streamed(stream.id)
        self._streams[stream.id] = stream
        return stream

    def reader(self, agent: Any, stream_id: str) -> StreamReader:
        """Give a reader of a stream of any agent, from the stream's beginning.

        Raises:
            StreamNotFoundError: there is no such stream, or its beginning is no longer kept. For
                a stream of another process, the reader's first chunk raises it instead.
        """
        self._runtime.check_open()
        name = get_agent_name(agent)
        if stream_id not in self._streams:
            ref = self._resolve(agent, name, stream_id)
            if ref.place != self._runtime.place:
                return StreamReader(self._runtime, RemoteFeed(self._runtime, ref, stream_id))
        return StreamReader(self._runtime, LocalFeed(self._runtime, self._find(name, stream_id)))

    def collect(
        self,
        agent: str,
        stream_id: str,
        deadline: float | None,
        done: Callable[[BaseException | None], None],
    ) -> None:
        """Read a stream of any agent to its end, without blocking: see `Collecting`."""
        Collecting(self._runtime, agent, done, deadline).begin(self.reader, stream_id)

    def _resolve(self, agent: Any, name: str, stream_id: str) -> AgentRef:
        mailbox = getattr(agent, "_mailbox", None)
        if mailbox is not None:
            agent = mailbox.ref
        try:
            return self._runtime.resolve(agent if isinstance(agent, AgentRef) else name)
        except AgentNotFoundError as error:
            raise StreamNotFoundError(f"stream {stream_id!r} cannot be read: {error}") from error

    def _find(self, name: str, stream_id: str) -> Stream:
        self._purge()
        stream = self._streams.get(stream_id)
        if stream is not None and self._expire(stream):
            stream = None
        if stream is None or stream.agent != name:
            keep = self._runtime.core.stream_keep_seconds
            raise StreamNotFoundError(
                f"agent {name!r} has no stream {stream_id!r}; one that is not read is kept for "
                f"{keep:g} s (stream_keep_seconds), and as long as its agent is not closed"
            )
        return stream

    # --- readers in other processes -------------------------------------------------------------

    def asked(self, question: Question) -> None:
        """Send chunks to a reader of another process, as soon as there are some."""
        name, stream_id, index, reader = question.args
        try:
            stream = self._find(name, stream_id)
            stream.hold(reader, question.asker, index)
        except StreamNotFoundError as error:
            self._answer(question, Batch((), True, error))
            return

        def give() -> None:
            batch = stream.get(index)
            assert batch is not None
            arrived = self._answer(question, batch)
            if batch.over or not arrived:
                stream.release(reader, early=not batch.over)

        stream.demand(index + min(AHEAD, self._runtime.core.stream_keep_chunks))
        stream.when_there(index, give)

    def _answer(self, question: Question, batch: Batch) -> bool:
        try:
            self._runtime.send_to(question.asker, Answer(question.id, Outcome(batch)))
        except Exception as error:  # other readers of the stream must not get this reader's error
            logger.info("chunks for {} were dropped: {}", question.asker, error)
            return False
        return True

    def closed(self, question: Question) -> None:
        """Remove a reader of another process that stopped reading."""
        stream_id, reader = question.args
        stream = self._streams.get(stream_id)
        if stream is not None:
            stream.release(reader, True)

    def lost(self, place: str) -> None:
        """Remove the readers of a process that ended."""
        for stream in list(self._streams.values()):
            stream.lost(place)

    # --- the end --------------------------------------------------------------------------------

    def close_agent(self, name: str) -> None:
        """Free the streams of an agent that was closed."""
        for stream in list(self._streams.values()):
            if stream.agent == name:
                self._end(stream, AgentDiedError(f"agent {name!r} was closed", agent=name))

    def close(self) -> None:
        """Free every stream, because the system was closed."""
        for stream in list(self._streams.values()):
            self._end(stream, SystemClosedError("the system was closed while a stream was read"))

    def _purge(self) -> None:
        """Free streams that were kept long enough.

        Called when streams are used, at most 8 times in ``stream_keep_seconds``; so no timer is
        needed.
        """
        now = self._runtime.backend.now()
        if now >= self._next_purge:
            self._next_purge = now + self._runtime.core.stream_keep_seconds / 8
            for stream in list(self._streams.values()):
                self._expire(stream)

    def _expire(self, stream: Stream) -> bool:
        used = stream.unused_since()
        keep = self._runtime.core.stream_keep_seconds
        if used is None or self._runtime.backend.now() - used < keep:
            return False
        self._streams.pop(stream.id, None)
        reason = f"nobody read it for {keep:g} s (stream_keep_seconds)"
        stream.end(StreamNotFoundError(f"{stream} is no longer kept: {reason}"))
        return True

    def _end(self, stream: Stream, gone: AgentCoreError) -> None:
        if not stream.is_read():  # if it is, it stays, so that its readers get the error ``gone``
            self._streams.pop(stream.id, None)
        stream.end(gone)
