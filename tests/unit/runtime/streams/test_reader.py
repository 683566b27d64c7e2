"""Readers: in rules, in other code, and in another process than the stream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentSystem,
    ReplyError,
    StreamNotFoundError,
    SystemClosedError,
    TurnError,
)
from agentcore.runtime.streams.registry import AHEAD
from tests.unit.runtime.streams.streaming_agents import (
    PATIENCE,
    Asker,
    AsyncReader,
    Reader,
    Source,
    ask,
    numbers,
    read,
    texts,
)


def test_every_chunk_comes_once_with_its_own_text_and_metadata(system: AgentSystem) -> None:
    """A chunk is a str or ``(str, metadata)``; texts are not joined to what came before."""
    message = ask(system, ["Hello, ", ("world", {"tokens": 2}), ("!", None)])
    assert list(read(system, message)) == [("Hello, ", {}), ("world", {"tokens": 2}), ("!", None)]


def test_agents_refs_and_systems_read_a_stream_of_an_agent_object_a_ref_or_a_name(
    system: AgentSystem,
) -> None:
    """Wherever an agent is expected, an agent object, a ref or a name do equally."""
    stream_id = ask(system, ["a", "b"])["metadata"]["stream_id"]
    alice, stranger = system.agent("alice"), Asker("stranger")
    hosted = system._runtime.mailboxes["alice"].agent
    for who in (stranger, alice, system):
        for agent in ("alice", alice, hosted):
            assert texts(who.get_agent_stream_messages(agent, stream_id)) == ["a", "b"]


def test_rules_read_streams(system: AgentSystem) -> None:
    """A rule can iterate a stream with ``for``, an ``async def`` rule with ``async for``."""
    for kind in ("plain", "asynchronous"):
        message = ask(system, getattr(Source(5), kind)(), kind)
        where = {"of": kind, "stream_id": message["metadata"]["stream_id"]}
        question = {"content": "read", "metadata": where}
        for cls in (Reader, AsyncReader):
            reader = system.spawn(cls, f"{cls.__name__} of {kind}")
            result = system.agent(f"asker of {kind}").initiate_chat(reader, question, silent=True)
            assert result.last_message == {"content": "01234", "role": "user", "metadata": {}}


def test_a_blocking_read_in_an_async_rule_is_an_error_that_says_what_to_write(
    system: AgentSystem,
) -> None:
    """It would block the event loop, and with it every other ``async def`` rule."""
    where = ask(system, ["a"])["metadata"]
    metadata = {"of": "alice", "stream_id": where["stream_id"], "blocking": True}
    reader = system.spawn(AsyncReader, "bob")
    with pytest.raises(ReplyError, match="async for") as caught:
        system.agent("asker of alice").initiate_chat(
            reader, {"content": "read", "metadata": metadata}, silent=True
        )
    assert isinstance(caught.value.__cause__, TurnError)


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_async_code_outside_of_agents_reads_streams(system: AgentSystem, kind: str) -> None:
    """``async for`` works on any event loop, also beside another reader."""
    message = ask(system, getattr(Source(100), kind)())

    async def both() -> list[list[str]]:
        async def one() -> list[str]:
            return [text async for text, _ in read(system, message)]

        return list(await asyncio.gather(one(), one()))

    assert asyncio.run(both()) == [numbers(100)] * 2


def test_looking_whether_there_is_a_stream_does_not_end_it(system: AgentSystem) -> None:
    """A reader that never asked for a chunk was none, when it is dropped."""
    message = ask(system, Source(2).plain())
    read(system, message)
    assert texts(read(system, message)) == numbers(2)


def test_a_reader_that_does_not_want_even_the_first_chunk_can_close(system: AgentSystem) -> None:
    """An explicit close frees the stream, begun or not."""
    message = ask(system, Source().plain())
    read(system, message).close()
    with pytest.raises(StreamNotFoundError):
        read(system, message)


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_stream_is_read_from_another_process(pair: Any, kind: str) -> None:
    """Chunks, metadata and end come across, to a second reader too, in few packets."""
    here, there = pair()
    message = ask(there, getattr(Source(1000), kind)())
    assert texts(read(here, message)) == numbers(1000)
    carried = here._runtime.backend.carried
    before = len(carried)
    assert list(read(here, message)) == [(text, {}) for text in numbers(1000)]
    assert len(carried) - before <= 1000 // AHEAD + 2


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_async_code_reads_a_stream_of_another_process(pair: Any, kind: str) -> None:
    """``async for`` asks there without holding a thread."""
    here, there = pair()
    message = ask(there, getattr(Source(100), kind)())

    async def all_of_it() -> list[str]:
        return [text async for text, _ in read(here, message)]

    assert asyncio.run(all_of_it()) == numbers(100)


def test_rules_read_streams_of_another_process(pair: Any) -> None:
    """With ``for`` and with ``async for``, as within one process."""
    here, there = pair()
    where = {"of": "alice", "stream_id": ask(there, Source(5).plain())["metadata"]["stream_id"]}
    asker = here.spawn(Asker, "asker")
    for cls in (Reader, AsyncReader):
        question = {"content": "read", "metadata": where}
        result = asker.initiate_chat(here.spawn(cls, cls.__name__), question, silent=True)
        assert result.last_message is not None
        assert result.last_message.content == "01234"


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_slow_reader_in_another_process_slows_the_source(pair: Any, kind: str) -> None:
    """Chunks are made ahead for it, to save it round trips, but only so many."""
    here, there = pair()
    source = Source()
    reader = read(here, ask(there, getattr(source, kind)()))
    assert next(reader) == ("0", {})
    assert source.reaches(AHEAD)
    assert source.made == AHEAD
    for number in range(1, 500):
        assert next(reader) == (str(number), {})
        assert source.made <= number + 2 * AHEAD


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
@pytest.mark.parametrize("how", ["break", "close"])
def test_a_reader_that_breaks_off_frees_a_source_in_another_process(
    pair: Any, kind: str, how: str
) -> None:
    """The place of the stream is told, and closes it."""
    here, there = pair()
    source = Source()
    message = ask(there, getattr(source, kind)())
    if how == "break":
        for _ in read(here, message):
            break
    else:
        reader = read(here, message)
        next(reader)
        reader.close()
    assert source.closed.wait(PATIENCE)
    with pytest.raises(StreamNotFoundError, match="no longer kept"):
        next(read(here, message))


def test_a_source_that_raises_in_another_process_tells_its_readers(pair: Any) -> None:
    """The error comes whole: agent, rule, cause and traceback."""
    here, there = pair()

    def chunks() -> Iterator[str]:
        yield "a"
        raise OSError("the model hung up")

    reader = read(here, ask(there, chunks()))
    assert next(reader) == ("a", {})
    with pytest.raises(ReplyError, match="the model hung up") as caught:
        next(reader)
    assert (caught.value.agent, caught.value.rule) == ("alice", "answer")
    assert isinstance(caught.value.__cause__, OSError)
    assert "in chunks" in caught.value.traceback


def test_a_reader_does_not_wait_for_a_process_that_is_gone(pair: Any) -> None:
    """Whether it was asked already or is asked now."""
    here, there = pair()
    asked = threading.Event()

    async def chunks() -> AsyncIterator[str]:
        asked.set()
        await asyncio.Event().wait()
        yield "never"

    message = ask(there, chunks())
    waiting, later = read(here, message), read(here, message)
    caught: list[BaseException] = []

    def run() -> None:
        try:
            next(waiting)
        except AgentDiedError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert asked.wait(PATIENCE)
    del here._runtime.backend.places["b"]
    here._runtime.lost("b")
    thread.join(PATIENCE)
    assert len(caught) == 1
    with pytest.raises(AgentDiedError):
        next(later)


def test_a_closed_system_wakes_a_reader_of_another_process(pair: Any) -> None:
    """Its own process is not connected any more, so nothing can come."""
    here, there = pair()
    asked = threading.Event()

    async def chunks() -> AsyncIterator[str]:
        asked.set()
        await asyncio.Event().wait()
        yield "never"

    reader = read(here, ask(there, chunks()))
    caught: list[BaseException] = []

    def run() -> None:
        try:
            next(reader)
        except SystemClosedError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert asked.wait(PATIENCE)
    here.close()
    thread.join(PATIENCE)
    assert len(caught) == 1
