"""Each server that differs, as far as it is imitated here: asked everything, and read whole.

A model that knows nothing of the server learns of its refusals; one that has its dialect asks
right at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import attrs
import pytest

from agentcore.models import Completion, OpenAIModel, Output, Sampling, ToolCall, ToolSpec
from agentcore.models.openai import learned
from agentcore.models.openai.answer import AnswerBody
from tests.chat_protocol.fake_servers import ANSWERS, FAKES, Fake, Said, replying
from tests.chat_protocol.server import Server, serving

pytest.importorskip("openai")

Run = Callable[[Coroutine[Any, Any, Any]], Any]

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}  # fmt: skip
ADD = ToolSpec("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})
USER = {"role": "user", "content": "hello"}
SYSTEM = {"role": "system", "content": "Be brief."}
ROUND = [
    {"role": "assistant", "content": None, "tool_calls": [ToolCall.of("call_1", "add").as_dict()],
     "reasoning_content": "hm"},
    {"role": "tool", "tool_call_id": "call_1", "content": "2"},
]  # fmt: skip
REQUESTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "plain": ([USER], {}),
    "with a system message": ([SYSTEM, USER], {}),
    "of a form": ([USER], {"output": Output("form", SCHEMA)}),
    "of a form, with a system message": ([SYSTEM, USER], {"output": Output("form", SCHEMA)}),
    "after a tool": ([SYSTEM, USER, *ROUND], {"tools": [ADD]}),
    "with a limit": ([USER], {"sampling": Sampling(max_tokens=9, seed=3)}),
    "of two users": ([SYSTEM, {**USER, "name": "ann"}, {**USER, "name": "bob"}], {}),
}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, asyncio.Runner]]:
    """One server and one event loop for all cells, so that they share a client."""
    with serving() as server, asyncio.Runner() as runner:
        server.more = frozenset({"random_seed"})
        server.extra = frozenset({"reasoning_content"})
        yield server, runner


@pytest.fixture
def server(
    running: tuple[Server, asyncio.Runner], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """The server, of which nothing is known, and which was not asked."""
    monkeypatch.setattr(learned, "_changes", {})
    server, _ = running
    server.asked.clear()
    server.headers.clear()
    yield server
    assert server.problems == []


@pytest.fixture
def run(running: tuple[Server, asyncio.Runner]) -> Run:
    """Run a coroutine on the loop of all cells."""
    return running[1].run


async def asked(model: OpenAIModel, request: str, streams: bool) -> Completion:
    """Ask once."""
    messages, options = REQUESTS[request]
    if not streams:
        return await model.complete(messages, **options)
    deltas = [delta async for delta in model.stream(messages, **options)]
    last = deltas.pop().completion
    assert last is not None
    assert "".join(delta.text for delta in deltas) == last.text
    return last


def model_of(server: Server, dialect: str | None = None) -> OpenAIModel:
    """Make a model on the server."""
    return OpenAIModel("m", server.url, max_retries=0, timeout=20.0, dialect=dialect)


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("name", FAKES)
def test_a_server_is_asked_otherwise_until_it_answers_and_right_from_then_on(
    server: Server, run: Run, name: str, request_name: str, streams: bool
) -> None:
    """Every request to every server."""
    server.reply = replying(FAKES[name], ANSWERS["a text"])

    async def twice() -> list[Completion]:
        model = model_of(server)
        first = await asked(model, request_name, streams)
        server.headers.clear()
        return [first, await asked(model, request_name, streams)]

    for answer in run(twice()):
        assert answer.text == ANSWERS["a text"].text
    assert len(server.headers) == 1


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("name", [name for name, fake in FAKES.items() if fake.dialect])
def test_a_server_whose_dialect_is_named_is_asked_right_at_once(
    server: Server, run: Run, name: str, streams: bool
) -> None:
    """Every request."""
    fake = FAKES[name]
    server.reply = replying(fake, ANSWERS["a text"])

    async def all_requests() -> None:
        model = model_of(server, fake.dialect)
        for request in REQUESTS:
            await asked(model, request, streams)

    run(all_requests())
    assert len(server.asked) == len(REQUESTS)


def read_back(said: Said, fake: Fake) -> Completion:
    """Give an answer as it is to be read."""
    calls = said.calls
    if said.signature:
        extra = {"extra_content": {"google": {"thought_signature": said.signature}}}
        calls = tuple(attrs.evolve(call, extra=extra) for call in calls)
    thought = {fake.thoughts: said.thoughts} if said.thoughts else {}
    reason = "tool_calls" if calls else "stop"
    return Completion(
        said.text, calls, reason, model="served", thinking=said.thoughts, extra=thought
    )


@pytest.mark.parametrize("cut", [None, 9, 0])  # whole, in pieces of nine bytes, an event each
@pytest.mark.parametrize("name", FAKES)
def test_every_answer_of_every_server_is_read(
    server: Server, run: Run, name: str, cut: int | None
) -> None:
    """Whole, and streamed in pieces that end anywhere."""
    fake = attrs.evolve(FAKES[name], refuses=())

    async def all_answers() -> None:
        for said in ANSWERS.values():
            server.reply = replying(fake, said, cut or 0)
            answer = await asked(model_of(server), "plain", streams=cut is not None)
            assert answer == read_back(said, fake)
            assert [call.extra for call in answer.tool_calls] == [
                call.extra for call in read_back(said, fake).tool_calls
            ]
            assert dict(answer.extra) == dict(read_back(said, fake).extra)

    run(all_answers())


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", [name for name, fake in FAKES.items() if not fake.whole])
def test_a_stream_may_be_cut_after_any_byte(name: str, answer: str) -> None:
    """Also within a character, and between the two characters that end a line."""
    fake = attrs.evolve(FAKES[name], refuses=())
    lines = replying(fake, ANSWERS[answer])({"stream": True, "messages": []}).body
    stream = b"".join(lines)
    begun = stream.find("ü".encode()) + 1 or stream.find(b"\r\n") + 1 or 1
    for pieces in ([stream[:begun], stream[begun:]], [bytes([byte]) for byte in stream]):
        body = AnswerBody()
        for piece in pieces:
            list(body.add(piece))
        list(body.end())
        assert body.is_whole
        assert body.assembly.completion() == read_back(ANSWERS[answer], fake)
