"""The streams of a process: how they are found, how long they are kept, and what frees them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentSystem,
    StreamNotFoundError,
    SystemClosedError,
    connect,
)
from agentcore.backend import CoreSettings, open_system
from agentcore.runtime.streams.reader import StreamReader
from agentcore_thread import ThreadBackend, ThreadSettings
from tests.unit.runtime.streams.streaming_agents import (
    PATIENCE,
    Asker,
    Source,
    Streamer,
    ask,
    numbers,
    read,
    texts,
)


def test_a_str_is_one_chunk(system: AgentSystem) -> None:
    """Nobody who gives a text wants a chunk for each letter."""
    assert texts(read(system, ask(system, "Hello"))) == ["Hello"]


def test_the_call_itself_says_that_there_is_no_such_stream(system: AgentSystem) -> None:
    """An unknown id, an unknown agent and another agent's stream are found out at once."""
    stream_id = ask(system, ["a"])["metadata"]["stream_id"]
    for agent, wrong in (("alice", "nonsense"), ("alicia", "nonsense"), ("bob", stream_id)):
        with pytest.raises(StreamNotFoundError):
            system.get_agent_stream_messages(agent, wrong)
    with pytest.raises(StreamNotFoundError, match="did you mean 'alice'"):
        system.get_agent_stream_messages("alicia", "nonsense")


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_closed_agent_frees_its_streams(threads: AgentSystem, kind: str) -> None:
    """Its sources are closed; who is reading is told, and who comes later too."""
    source = Source()
    message = ask(threads, getattr(source, kind)())
    reader = read(threads, message)
    next(reader)
    threads.agent("alice").close()
    assert source.closed.wait(PATIENCE)
    with pytest.raises(AgentDiedError, match="'alice' was closed"):
        next(reader)
    with pytest.raises(StreamNotFoundError):
        read(threads, message)


def test_a_closed_system_ends_its_streams() -> None:
    """A reader never waits for a system that is gone."""
    source = Source()
    with connect("thread") as system:
        reader = read(system, ask(system, source.plain()))
        next(reader)
    with pytest.raises(SystemClosedError):
        next(reader)
    assert source.closed.is_set()
    with pytest.raises(SystemClosedError):
        system.get_agent_stream_messages("alice", "any")


def test_a_closed_system_wakes_a_reader_that_waits() -> None:
    """Also one that waits for an async source, which is cancelled."""
    waiting = threading.Event()

    async def chunks() -> AsyncIterator[str]:
        waiting.set()
        await asyncio.Event().wait()
        yield "never"

    caught: list[BaseException] = []

    def run(reader: StreamReader) -> None:
        try:
            next(reader)
        except SystemClosedError as error:
            caught.append(error)

    with connect("thread") as system:
        reader = read(system, ask(system, chunks()))
        thread = threading.Thread(target=run, args=(reader,))
        thread.start()
        assert waiting.wait(PATIENCE)
    thread.join(PATIENCE)
    assert len(caught) == 1


def test_a_plain_agent_object_is_read_after_its_conversation() -> None:
    """An object that is hosted for a conversation only keeps its streams beyond it.

    As in the documented sample, whose agents no system spawned, and whose metadata has a name.
    """
    alice, user = Streamer("alice", Source(3).plain()), Asker("user")
    result = user.initiate_chat(alice, "go", silent=True)
    assert result.last_message is not None
    where = result.last_message["metadata"]
    for agent in (where["agent"], alice):
        assert texts(user.get_agent_stream_messages(agent, where["stream_id"])) == numbers(3)


class Clocked(ThreadBackend):
    """A thread backend whose clock is set by hand."""

    time = 1000.0

    def now(self) -> float:
        return self.time


def clocked(**settings: Any) -> tuple[AgentSystem, Clocked]:
    backend = Clocked(ThreadSettings(), CoreSettings(**settings))
    return open_system(backend), backend


def test_a_finished_stream_is_kept_for_a_time() -> None:
    """Each reading starts the time anew; when it is over, the stream is gone."""
    system, backend = clocked(stream_keep_seconds=60.0)
    with system:
        message = ask(system, Source(2).plain())
        for _ in range(3):
            assert texts(read(system, message)) == numbers(2)
            backend.time += 59.0
        assert texts(read(system, message)) == numbers(2)
        backend.time += 60.0
        with pytest.raises(StreamNotFoundError, match="stream_keep_seconds"):
            read(system, message)


def test_a_stream_that_nobody_reads_is_freed_when_others_are_used() -> None:
    """No timer runs: any later use of streams frees what was kept long enough."""
    system, backend = clocked(stream_keep_seconds=60.0)
    with system:
        source = Source()
        message = ask(system, source.plain())
        next(read(system, message))  # a reader that broke off would free it
        unread = Closing()
        ask(system, unread, "bob")
        backend.time += 61.0
        ask(system, ["a"], "carol")
        assert unread.closed
        assert len(system._runtime.streams._streams) == 1


class Closing:
    """An iterable that can be closed, as responses of HTTP clients are."""

    closed = False

    def __iter__(self) -> Iterator[str]:
        yield "a"

    def close(self) -> None:
        self.closed = True


def test_a_reader_of_this_process_may_take_its_time() -> None:
    """As long as somebody has a reader at hand, the stream is in use."""
    system, backend = clocked(stream_keep_seconds=60.0)
    with system:
        reader = read(system, ask(system, Source(2).plain()))
        next(reader)
        backend.time += 3600.0
        ask(system, ["a"], "bob")
        assert texts(reader) == ["1"]


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_no_chunk_is_dropped_ahead_of_a_reader_in_another_process(pair: Any, kind: str) -> None:
    """What is made ahead is bounded by what is kept."""
    here, there = pair(stream_keep_chunks=3)
    message = ask(there, getattr(Source(50), kind)())
    assert texts(read(here, message)) == numbers(50)
    with pytest.raises(StreamNotFoundError, match="stream_keep_chunks"):
        next(read(here, message))


def test_the_first_chunk_says_that_another_process_has_no_such_stream(pair: Any) -> None:
    """An unknown id is found out where the agent is; an unknown agent by the call."""
    here, there = pair()
    ask(there, ["a"])
    with pytest.raises(StreamNotFoundError, match="'nonsense'"):
        next(here.get_agent_stream_messages("alice", "nonsense"))
    with pytest.raises(StreamNotFoundError, match="did you mean 'alice'"):
        here.get_agent_stream_messages("alicia", "nonsense")


def test_a_reader_learns_that_the_agent_of_another_process_was_closed(pair: Any) -> None:
    """It gets an error, not an end that looks whole."""
    here, there = pair()
    message = ask(there, Source().plain())
    reader = read(here, message)
    next(reader)
    there.agent("alice").close()
    with pytest.raises(AgentDiedError, match="'alice' was closed"):
        texts(reader)
    with pytest.raises(StreamNotFoundError):
        there.get_agent_stream_messages("alice", message["metadata"]["stream_id"])


def test_a_source_is_freed_when_the_process_of_its_reader_is_gone(pair: Any) -> None:
    """A reader that cannot say any more that it left does not keep a source open."""
    here, there = pair()
    source = Source()
    reader = read(here, ask(there, source.plain()))
    next(reader)
    there._runtime.lost("a")
    assert source.closed.wait(PATIENCE)
