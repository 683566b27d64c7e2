"""Sources: chunks are made in order, and no further than somebody reads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentSystem,
    ConversableAgent,
    Message,
    ReplyError,
    agent_reply,
)
from tests.unit.runtime.streams.streaming_agents import (
    PATIENCE,
    Asker,
    Source,
    ask,
    numbers,
    read,
    texts,
)


def test_no_chunks_are_a_stream_too(system: AgentSystem) -> None:
    """An empty source gives an empty stream, not an error."""
    assert texts(read(system, ask(system, []))) == []


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_generators_are_read_to_their_end(system: AgentSystem, kind: str) -> None:
    """Plain and async generators alike give all their chunks in order."""
    message = ask(system, getattr(Source(300), kind)())
    assert texts(read(system, message)) == numbers(300)


def test_a_chunk_is_read_before_the_next_one_is_made(system: AgentSystem) -> None:
    """In one process a source runs as far as it is read: a slow reader slows it."""
    source = Source()
    reader = read(system, ask(system, source.plain()))
    for number in range(3):
        assert next(reader) == (str(number), {})
        assert source.made == number + 1


def test_an_async_source_runs_as_far_as_it_is_read(system: AgentSystem) -> None:
    """The task that drives it waits between two chunks for somebody to ask."""
    source = Source()
    reader = read(system, ask(system, source.asynchronous()))
    for number in range(3):
        assert next(reader) == (str(number), {})
        assert source.made == number + 1


def test_an_async_source_runs_in_one_task_from_beginning_to_end(system: AgentSystem) -> None:
    """Timeouts and task groups that it has open across a chunk are bound to their task."""
    tasks = []

    async def chunks() -> AsyncIterator[str]:
        for number in range(3):
            async with asyncio.timeout(PATIENCE):
                tasks.append(asyncio.current_task())
                yield str(number)

    assert texts(read(system, ask(system, chunks()))) == numbers(3)
    assert len(set(tasks)) == 1


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_readers_on_several_threads_all_get_every_chunk(threads: AgentSystem, kind: str) -> None:
    """Whichever reader's thread runs the source, nobody misses a chunk or gets one twice."""
    source = Source(500)
    message = ask(threads, getattr(source, kind)())
    results: dict[int, list[str]] = {}

    def run(index: int) -> None:
        results[index] = texts(read(threads, message))

    workers = [threading.Thread(target=run, args=(index,)) for index in range(4)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(PATIENCE)
    assert results == dict.fromkeys(range(4), numbers(500))
    assert source.made == 500


def test_a_reader_waits_for_a_chunk_that_another_reader_has_made(threads: AgentSystem) -> None:
    """While one reader's thread is held up in the source, another does not run it as well."""
    asked, go_on = threading.Event(), threading.Event()

    def chunks() -> Iterator[str]:
        asked.set()
        go_on.wait(PATIENCE)
        yield "slow"

    message = ask(threads, chunks())
    results: list[list[str]] = []
    workers = [
        threading.Thread(target=lambda: results.append(texts(read(threads, message))))
        for _ in range(2)
    ]
    workers[0].start()
    assert asked.wait(PATIENCE)
    workers[1].start()
    go_on.set()
    for thread in workers:
        thread.join(PATIENCE)
    assert results == [["slow"], ["slow"]]


def test_a_source_that_reads_its_own_stream_fails_instead_of_hanging(system: AgentSystem) -> None:
    """Its next chunk would have to be there before it is made."""
    where: list[Message] = []

    def chunks() -> Iterator[str]:
        yield from texts(read(system, where[0]))

    where.append(ask(system, chunks()))
    with pytest.raises(ReplyError, match="waits for itself"):
        next(read(system, where[0]))


def test_a_source_may_hold_conversations(system: AgentSystem) -> None:
    """What makes the chunks may ask other agents; the agent itself is free meanwhile."""
    system.spawn(Echo, "echo")
    alice = system.spawn(Quoting, "alice")
    result = system.spawn(Asker, "asker").initiate_chat(alice, "go", silent=True)
    assert result.last_message is not None
    assert texts(read(system, result.last_message)) == ["you said one", "you said two"]


class Echo(ConversableAgent):
    @agent_reply()
    def answer(self, raw_message: Any) -> Any:
        return True, {"content": f"you said {raw_message.content}", "metadata": {"TERMINATE": True}}


class Quoting(ConversableAgent):
    @agent_reply()
    def answer(self) -> Any:
        return self.stream_reply(self.quotes())

    def quotes(self) -> Iterator[str]:
        for word in ("one", "two"):
            result = self.send(word, "echo", silent=True)
            assert result.last_message is not None
            yield result.last_message["content"]


def test_an_interrupt_reaches_the_reader_whose_thread_it_hit(system: AgentSystem) -> None:
    """It is not turned into something that an ``except Exception`` would swallow."""

    def chunks() -> Iterator[str]:
        yield "a"
        raise KeyboardInterrupt

    message = ask(system, chunks())
    reader = read(system, message)
    next(reader)
    with pytest.raises(KeyboardInterrupt):
        next(reader)
    late = read(system, message)
    assert next(late) == ("a", {})
    with pytest.raises(ReplyError, match="KeyboardInterrupt"):
        next(late)


def test_a_source_that_is_running_is_closed_as_soon_as_it_stops(threads: AgentSystem) -> None:
    """A generator cannot be closed while it runs on another thread: that thread does it."""
    running, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def chunks() -> Iterator[str]:
        try:
            running.set()
            go_on.wait(PATIENCE)
            yield "late"
        finally:
            closed.set()

    reader = read(threads, ask(threads, chunks()))
    caught: list[BaseException] = []

    def run() -> None:
        try:
            next(reader)
        except AgentDiedError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert running.wait(PATIENCE)
    threads.agent("alice").close()
    assert not closed.is_set()
    go_on.set()
    thread.join(PATIENCE)
    assert closed.is_set()
    assert len(caught) == 1
