"""Streams: how chunks are made, read and kept, in one process and between two."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentRef,
    AgentSystem,
    ConversableAgent,
    Message,
    ReplyError,
    ReplyTypeError,
    StopKind,
    StreamNotFoundError,
    SystemClosedError,
    TurnError,
    agent_reply,
    connect,
)
from agentcore.backend import CoreSettings, Runtime, open_system
from agentcore.runtime.streams.reader import StreamReader
from agentcore.runtime.streams.registry import AHEAD
from agentcore_thread import ThreadBackend, ThreadSettings

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


@pytest.fixture(params=["thread", "inline"])
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    with connect(request.param) as system:
        yield system


@pytest.fixture
def threads() -> Iterator[AgentSystem]:
    """For what takes several threads, or happens while nobody waits."""
    with connect("thread") as system:
        yield system


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


# --- the answer -----------------------------------------------------------------------------------


def test_the_answer_says_where_its_stream_is_and_asks_for_no_answer(system: AgentSystem) -> None:
    """A stream's message has the documented metadata, a text, and what the rule adds."""
    message = ask(system, ["a", "b"], contexts=["page 3"])
    stream_id = message["metadata"]["stream_id"]
    assert message["metadata"] == {
        "stream": True,
        "agent": "alice",
        "stream_id": stream_id,
        "TERMINATE": True,
        "contexts": ["page 3"],
    }
    assert isinstance(stream_id, str)
    assert stream_id
    assert isinstance(message.content, str)
    assert message.content


def test_the_answer_is_there_before_any_chunk_is_made(system: AgentSystem) -> None:
    """``stream_reply`` runs nothing of its source."""
    source = Source()
    ask(system, source.plain())
    assert source.made == 0


def test_a_rule_may_let_the_conversation_go_on_after_a_stream() -> None:
    """``TERMINATE`` in the rule's own metadata wins over the default."""
    agent = Streamer("alice")
    _, message = agent.stream_reply(["a"], TERMINATE=False)
    assert message["metadata"]["TERMINATE"] is False


def test_the_metadata_that_leads_to_the_stream_cannot_be_overwritten() -> None:
    """A rule that would send its readers elsewhere gets an error that names the key."""
    with pytest.raises(ValueError, match="'stream_id'"):
        Streamer("alice").stream_reply(["a"], stream_id="mine")


@pytest.mark.parametrize("source", [3, None, Source().plain], ids=["int", "None", "function"])
def test_what_cannot_be_iterated_is_refused_at_once(source: Any) -> None:
    """A generator function that was not called is the likeliest slip, and is named."""
    with pytest.raises(TypeError, match="what calling it returns"):
        Streamer("alice").stream_reply(source)


# --- reading --------------------------------------------------------------------------------------


def test_every_chunk_comes_once_with_its_own_text_and_metadata(system: AgentSystem) -> None:
    """A chunk is a str or ``(str, metadata)``; texts are not joined to what came before."""
    message = ask(system, ["Hello, ", ("world", {"tokens": 2}), ("!", None)])
    assert list(read(system, message)) == [("Hello, ", {}), ("world", {"tokens": 2}), ("!", None)]


def test_a_str_is_one_chunk(system: AgentSystem) -> None:
    """Nobody who gives a text wants a chunk for each letter."""
    assert texts(read(system, ask(system, "Hello"))) == ["Hello"]


def test_no_chunks_are_a_stream_too(system: AgentSystem) -> None:
    """An empty source gives an empty stream, not an error."""
    assert texts(read(system, ask(system, []))) == []


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_generators_are_read_to_their_end(system: AgentSystem, kind: str) -> None:
    """Plain and async generators alike give all their chunks in order."""
    message = ask(system, getattr(Source(300), kind)())
    assert texts(read(system, message)) == numbers(300)


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


# --- as they are produced -------------------------------------------------------------------------


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


# --- failures -------------------------------------------------------------------------------------


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


def test_the_call_itself_says_that_there_is_no_such_stream(system: AgentSystem) -> None:
    """An unknown id, an unknown agent and another agent's stream are found out at once."""
    stream_id = ask(system, ["a"])["metadata"]["stream_id"]
    for agent, wrong in (("alice", "nonsense"), ("alicia", "nonsense"), ("bob", stream_id)):
        with pytest.raises(StreamNotFoundError):
            system.get_agent_stream_messages(agent, wrong)
    with pytest.raises(StreamNotFoundError, match="did you mean 'alice'"):
        system.get_agent_stream_messages("alicia", "nonsense")


# --- the early end --------------------------------------------------------------------------------


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


# --- how long it is kept --------------------------------------------------------------------------


class Clocked(ThreadBackend):
    """A thread backend whose clock is set by hand."""

    time = 1000.0

    def now(self) -> float:
        return self.time


def clocked(**settings: Any) -> tuple[AgentSystem, Clocked]:
    backend = Clocked(ThreadSettings(), CoreSettings(**settings))
    return open_system(backend), backend


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
        slow, fast_constructor = read(system, message), read(system, message)
        assert next(slow) == ("0", {})
        assert texts(fast_constructor) == numbers(9)
        with pytest.raises(StreamNotFoundError, match="chunk 1 "):
            next(slow)


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


# --- between processes ----------------------------------------------------------------------------


class Paired(ThreadBackend):
    """One of two places; what goes to the other is pickled, and arrives in order."""

    def __init__(self, place: str, places: dict[str, Paired], **settings: Any) -> None:
        super().__init__(ThreadSettings(), CoreSettings(**settings))
        self.places = places
        self.carried: list[Any] = []
        super().start(Runtime(self, self._core, "paired", place, strict=True))
        places[place] = self

    def start(self, runtime: Runtime | None = None) -> Runtime:
        return self.runtime

    def carry(self, place: str, item: Any) -> None:
        self.carried.append(item)
        other = self.places.get(place)
        if other is None:
            raise AgentDiedError(f"{place} is gone")
        other.runtime.receive(pickle.loads(pickle.dumps(item)))

    def find(self, name: str) -> AgentRef | None:
        refs = (each.runtime.ref_here(name) for each in self.places.values())
        return next((ref for ref in refs if ref is not None), None)

    def refs(self) -> list[AgentRef]:
        return [ref for each in self.places.values() for ref in each.runtime.refs_here()]


@pytest.fixture
def pair() -> Iterator[Callable[..., tuple[AgentSystem, AgentSystem]]]:
    systems: list[AgentSystem] = []

    def make(**settings: Any) -> tuple[AgentSystem, AgentSystem]:
        places: dict[str, Paired] = {}
        systems.extend(open_system(Paired(place, places, **settings)) for place in "ab")
        return systems[0], systems[1]

    yield make
    for system in systems:
        system.close()


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
def test_no_chunk_is_dropped_ahead_of_a_reader_in_another_process(pair: Any, kind: str) -> None:
    """What is made ahead is bounded by what is kept."""
    here, there = pair(stream_keep_chunks=3)
    message = ask(there, getattr(Source(50), kind)())
    assert texts(read(here, message)) == numbers(50)
    with pytest.raises(StreamNotFoundError, match="stream_keep_chunks"):
        next(read(here, message))


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


def test_the_first_chunk_says_that_another_process_has_no_such_stream(pair: Any) -> None:
    """An unknown id is found out where the agent is; an unknown agent by the call."""
    here, there = pair()
    ask(there, ["a"])
    with pytest.raises(StreamNotFoundError, match="'nonsense'"):
        next(here.get_agent_stream_messages("alice", "nonsense"))
    with pytest.raises(StreamNotFoundError, match="did you mean 'alice'"):
        here.get_agent_stream_messages("alicia", "nonsense")


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


def test_a_source_is_freed_when_the_process_of_its_reader_is_gone(pair: Any) -> None:
    """A reader that cannot say any more that it left does not keep a source open."""
    here, there = pair()
    source = Source()
    reader = read(here, ask(there, source.plain()))
    next(reader)
    there._runtime.lost("a")
    assert source.closed.wait(PATIENCE)


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
