"""Agents that answer with streams or read them, and sources of chunks, for the tests of streams."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from agentcore import (
    AgentSystem,
    ConversableAgent,
    Message,
    StopKind,
    agent_reply,
)
from agentcore.runtime.streams.reader import StreamReader

PATIENCE = 10.0  # seconds; only a test that fails waits that long


class Source:
    """Chunks ``0``, ``1``, ... up to ``count``; knows how far it came, and when it was closed."""

    def __init__(self, count: int = 1_000_000) -> None:
        self.count = count
        self.made = 0
        self.closed = threading.Event()
        self._changed = threading.Condition()

    def plain(self) -> Iterator[str]:
        try:
            while self.made < self.count:
                yield self._make()
        finally:
            self.closed.set()

    async def asynchronous(self) -> AsyncIterator[str]:
        try:
            while self.made < self.count:
                await asyncio.sleep(0)
                yield self._make()
        finally:
            self.closed.set()

    def _make(self) -> str:
        with self._changed:
            self.made += 1
            self._changed.notify_all()
        return str(self.made - 1)

    def reaches(self, made: int) -> bool:
        """Wait until it has made as many chunks, on whatever thread."""
        with self._changed:
            return self._changed.wait_for(lambda: self.made >= made, PATIENCE)


class Streamer(ConversableAgent):
    """Answers every message with a stream of what it was given."""

    def __init__(self, name: str, chunks: Any = (), **metadata: Any) -> None:
        super().__init__(name)
        self.chunks = chunks
        self.metadata = metadata

    @agent_reply()
    def answer(self) -> Any:
        return self.stream_reply(self.chunks, **self.metadata)


class Asker(ConversableAgent):
    """Begins conversations, and answers nothing."""


class Reader(ConversableAgent):
    """Reads, in a rule, the stream that a message names, and answers with its text."""

    @agent_reply()
    def read(self, raw_message: Any) -> Any:
        where = raw_message["metadata"]
        chunks = self.get_agent_stream_messages(where["of"], where["stream_id"])
        return True, "".join(text for text, _ in chunks)


class AsyncReader(ConversableAgent):
    """The same in an ``async def`` rule."""

    @agent_reply()
    async def read(self, raw_message: Any) -> Any:
        where = raw_message["metadata"]
        chunks = self.get_agent_stream_messages(where["of"], where["stream_id"])
        if where.get("blocking"):
            return True, "".join(text for text, _ in chunks)
        return True, "".join([text async for text, _ in chunks])


def ask(system: AgentSystem, chunks: Any, name: str = "alice", **metadata: Any) -> Message:
    """Let a new agent answer with a stream, and give its answer."""
    ref = system.spawn(Streamer, name, chunks, **metadata)
    result = system.spawn(Asker, f"asker of {name}").initiate_chat(ref, "go", silent=True)
    assert result.stop.kind is StopKind.TERMINATE
    message = result.last_message
    assert message is not None
    return message


def read(system: AgentSystem, message: Message) -> StreamReader:
    where = message["metadata"]
    reader = system.get_agent_stream_messages(where["agent"], where["stream_id"])
    assert isinstance(reader, StreamReader)
    return reader


def texts(reader: Iterator[tuple[str, Any]]) -> list[str]:
    return [text for text, _ in reader]


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]
