"""A real model answers, fills in a form, calls a tool, and stops when nobody waits."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import attrs
import pytest

from agentcore.errors import ContextLengthError, ModelError, ModelsForbiddenError
from agentcore.models import LocalModel, Output, Sampling, ToolCall, ToolSpec

ADD = ToolSpec(
    "add",
    "Add two numbers.",
    {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/number"}, "b": {"$ref": "#/$defs/number"}},
        "required": ["a", "b"],
        "additionalProperties": False,
        "$defs": {"number": {"type": "integer"}},
    },
)
WEATHER = ToolSpec(
    "weather",
    "Tell the weather in a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
PERSON = Output(
    "person",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
)
PARROT = "You are a parrot. Whatever you are told, you answer with the single word SQUAWK."
STORY = [{"role": "user", "content": "Tell me a very long story about a dog and its many friends."}]
LONG = Sampling(max_tokens=2000)


def said(text: str, system: str = "You are a helpful assistant.") -> list[dict[str, Any]]:
    """Give the messages of a first question."""
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]


async def test_a_model_does_as_the_system_message_says(model: LocalModel) -> None:
    """It answers in its role, and says what that cost."""
    answer = await model.complete(said("How are you?", PARROT))
    assert answer.text == "SQUAWK"
    assert (answer.finish_reason, answer.tool_calls) == ("stop", ())
    assert answer.usage.prompt_tokens > 20
    assert 1 < answer.usage.completion_tokens < 10
    assert answer.model == "qwen2.5-0.5b"


async def test_a_model_keeps_to_a_schema(model: LocalModel) -> None:
    """Its answer is JSON of the form asked for."""
    answer = await model.complete(said("Ann is 31 years old and lives in Oslo."), output=PERSON)
    assert json.loads(answer.text) == {"name": "Ann", "age": 31}


async def test_a_model_calls_a_tool_and_tells_its_result(model: LocalModel) -> None:
    """It proposes an ordinary call; given the result, it answers with it."""
    messages = said("Add 17 and 25, please.")
    answer = await model.complete(messages, tools=[ADD, WEATHER])
    (call,) = answer.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("add", {"a": 17, "b": 25})
    assert (answer.text, answer.finish_reason) == ("", "tool_calls")
    messages.append({"role": "assistant", "content": None, "tool_calls": [call.as_dict()]})
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "42"})
    last = await model.complete(messages, tools=[ADD, WEATHER])
    assert last.tool_calls == ()
    assert "42" in last.text


async def test_calls_have_ids_of_their_own(model: LocalModel) -> None:
    """Two calls that are the same otherwise can be told apart."""
    answers = [await model.complete(said("Weather in Rome?"), tools=[WEATHER]) for _ in range(2)]
    first, second = (answer.tool_calls[0] for answer in answers)
    assert first.id != second.id
    assert first.arguments == second.arguments


async def test_a_model_streams_what_it_says(model: LocalModel) -> None:
    """The pieces are the answer, and the last has the whole."""
    pieces = [piece async for piece in model.stream(said("Count from one to five in words."))]
    *texts, last = pieces
    assert len(texts) > 5
    assert last.completion is not None
    assert "".join(piece.text for piece in texts) == last.completion.text
    assert last.completion.usage.completion_tokens >= len(texts)


async def test_a_stream_with_tools_gives_the_call_at_its_end(model: LocalModel) -> None:
    """No JSON is streamed to whoever reads."""
    pieces = [piece async for piece in model.stream(said("Add 17 and 25."), tools=[ADD])]
    assert [piece.text for piece in pieces] == [""]
    assert pieces[-1].completion is not None
    assert isinstance(pieces[-1].completion.tool_calls[0], ToolCall)


async def test_the_event_loop_goes_on_while_a_model_answers(model: LocalModel) -> None:
    """Answering holds neither the loop nor the interpreter's lock."""
    await model.complete(said("Hello"))  # loaded
    answer = asyncio.ensure_future(model.complete(STORY, sampling=Sampling(max_tokens=40)))
    beats = 0
    while not answer.done():
        await asyncio.wait([answer], timeout=0.01)
        beats += 1
    assert beats > 20
    assert (await answer).finish_reason == "length"


async def test_a_model_that_nobody_waits_for_stops(model: LocalModel) -> None:
    """Cancelled, closed early or out of time: the next request need not wait for the rest."""
    await model.complete(said("Hello"))  # loaded
    cancelled = asyncio.ensure_future(model.complete(STORY, sampling=LONG))
    async with aclosing(model.stream(STORY, sampling=LONG)) as pieces:  # waits in the queue
        await asyncio.wait([cancelled], timeout=0.3)
        cancelled.cancel()
        async for _ in pieces:
            break
    with pytest.raises(ModelError, match=r"did not answer within 0\.2 s"):
        await model.complete(STORY, sampling=LONG, timeout=0.2)
    began = time.monotonic()
    await model.complete(said("Hello"))
    took = time.monotonic() - began
    assert cancelled.cancelled()
    assert took < 20  # each of the three would have taken more than a minute


async def test_many_requests_are_answered_in_turn_by_one_model(model: LocalModel) -> None:
    """Equal questions at once have equal answers, and those that differ in sampling share it."""
    cooler = attrs.evolve(model, sampling=Sampling(temperature=0, max_tokens=30))
    asked = [each.complete(said("Say hello.")) for each in (model, cooler, model, cooler)]
    texts = {answer.text for answer in await asyncio.gather(*asked)}
    assert len(texts) == 1


async def test_messages_that_are_too_long_are_refused(model: LocalModel) -> None:
    """The error is the one that history policies look for."""
    with pytest.raises(ContextLengthError, match=r"too long for model 'qwen2\.5-0\.5b'"):
        await model.complete(said("word " * 5000))


async def test_a_schema_that_is_none_is_refused(model: LocalModel) -> None:
    """The error says what the engine says, and the model goes on."""
    with pytest.raises(ModelError, match="cannot be asked this"):
        await model.complete(said("Hello"), output=Output("odd", {"type": "oddity"}))
    assert (await model.complete(said("Hello"))).text


async def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Whoever asks is told, each time."""
    path = tmp_path / "none.gguf"
    path.write_bytes(b"no model")
    for _ in range(2):
        with pytest.raises(ModelError, match="could not be loaded"):
            await LocalModel(str(path)).complete(said("Hello"))
    path.unlink()
    with pytest.raises(ModelError, match="there is no file"):
        await LocalModel(str(path)).complete(said("Hello"))


async def test_a_forbidden_model_is_not_asked(
    model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch holds for models on this machine too."""
    monkeypatch.setenv("AGENTCORE_FORBID_MODELS", "1")
    with pytest.raises(ModelsForbiddenError):
        await model.complete(said("Hello"))
