"""One stream: what each of its readers gets, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ReplyError,
    ReplyTypeError,
    StreamNotFoundError,
    connect,
)
from tests.unit.runtime.streams.streaming_agents import (
    PATIENCE,
    Source,
    ask,
    numbers,
    read,
    texts,
)


def test_no_reader_can_change_what_another_one_gets(system: AgentSystem) -> None:
    """Metadata of chunks is frozen, and objects in it are copied for each reader."""

    class Mark:
        seen = 0

    mark = Mark()
    message = ask(system, [("a", {"tags": ["x"], "mark": mark})])
    [(_, first)] = read(system, message)
    with pytest.raises(TypeError, match="immutable"):
        first["tags"].append("y")
    first["mark"].seen = 1
    [(_, second)] = read(system, message)
    assert second["tags"] == ["x"]
    assert (second["mark"].seen, mark.seen) == (0, 0)


def test_a_second_reader_starts_from_the_beginning(system: AgentSystem) -> None:
    """Later readers get every chunk, those made for others included; the source runs once."""
    source = Source(5)
    message = ask(system, source.plain())
    first = read(system, message)
    assert [next(first)[0] for _ in range(3)] == numbers(3)
    assert texts(read(system, message)) == numbers(5)
    assert texts(first) == ["3", "4"]
    assert texts(read(system, message)) == numbers(5)
    assert source.made == 5


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_source_that_raises_gives_its_chunks_and_then_the_error(
    system: AgentSystem, kind: str
) -> None:
    """Every reader gets what was made, then an error that names agent and rule, with the cause."""

    def plain() -> Iterator[str]:
        yield "a"
        raise OSError("the model hung up")

    async def asynchronous() -> AsyncIterator[str]:
        yield "a"
        raise OSError("the model hung up")

    message = ask(system, {"plain": plain, "asynchronous": asynchronous}[kind]())
    for _ in range(2):
        reader = read(system, message)
        assert next(reader) == ("a", {})
        with pytest.raises(ReplyError, match=r"'alice'.*answer.*the model hung up") as caught:
            next(reader)
        assert (caught.value.agent, caught.value.rule) == ("alice", "answer")
        assert isinstance(caught.value.__cause__, OSError)
        assert "in plain" in caught.value.traceback or "in asynchronous" in caught.value.traceback
        assert list(reader) == []


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_chunk_of_the_wrong_type_ends_the_stream_and_closes_its_source(
    threads: AgentSystem, kind: str
) -> None:
    """The error says what a chunk is; the source, which did not end itself, is closed."""
    closed = threading.Event()

    def plain() -> Iterator[Any]:
        try:
            yield 7
        finally:
            closed.set()

    async def asynchronous() -> AsyncIterator[Any]:
        try:
            yield 7
        finally:
            closed.set()

    reader = read(threads, ask(threads, {"plain": plain, "asynchronous": asynchronous}[kind]()))
    with pytest.raises(ReplyTypeError, match="a chunk is a str or"):
        next(reader)
    assert closed.wait(PATIENCE)


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
@pytest.mark.parametrize("how", ["break", "close"])
def test_a_reader_that_breaks_off_frees_the_source(
    threads: AgentSystem, kind: str, how: str
) -> None:
    """Nobody reads it any more, so the source is closed, as a generator is, and not kept."""
    source = Source()
    message = ask(threads, getattr(source, kind)())
    if how == "break":
        for _ in read(threads, message):
            break
    else:
        reader = read(threads, message)
        next(reader)
        reader.close()
        assert list(reader) == []
    assert source.closed.wait(PATIENCE)
    assert source.made == 1
    with pytest.raises(StreamNotFoundError, match="closed by its reader before its end"):
        read(threads, message)


def test_a_reader_that_breaks_off_takes_nothing_from_another(system: AgentSystem) -> None:
    """The source is closed by the last of its readers only."""
    source = Source(3)
    message = ask(system, source.plain())
    first, second = read(system, message), read(system, message)
    next(first)
    first.close()
    assert not source.closed.is_set()
    assert texts(second) == numbers(3)


def test_only_so_many_chunks_are_kept() -> None:
    """Who reads along gets all of them; who comes later than the first is dropped, an error."""
    with connect("thread", stream_keep_chunks=3) as system:
        message = ask(system, Source(5).plain())
        reader = read(system, message)
        assert [next(reader)[0] for _ in range(3)] == numbers(3)
        assert next(read(system, message)) == ("0", {})
        assert next(reader) == ("3", {})
        with pytest.raises(StreamNotFoundError, match=r"chunk 0 .*stream_keep_chunks"):
            read(system, message)
        assert next(reader) == ("4", {})
        assert list(reader) == []


def test_a_reader_that_falls_too_far_behind_another_gets_an_error_not_a_gap() -> None:
    """Chunks are never skipped without a word."""
    with connect("thread", stream_keep_chunks=3) as system:
        message = ask(system, Source(9).plain())
        slow, fast = read(system, message), read(system, message)
        assert next(slow) == ("0", {})
        assert texts(fast) == numbers(9)
        with pytest.raises(StreamNotFoundError, match="chunk 1 "):
            next(slow)
