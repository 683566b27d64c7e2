"""The items of a script: how each is answered, at once, later or in pieces."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from agentcore.errors import ModelError
from agentcore.models import Completion, ToolCall, Usage
from agentcore.testing import Delayed, Expect, ScriptedModel, Streamed
from tests.unit.testing.models.asking import ASKED, texts


@attrs.frozen
class Point:
    """A value of an attrs class."""

    x: int


@dataclasses.dataclass
class Pair:
    """A value of a dataclass."""

    a: int


def shout(messages: Sequence[Any], tools: Any, output: Any) -> str:
    """Answer with what was asked, loudly."""
    return str(messages[-1]["content"]).upper()


async def ask_later(messages: Sequence[Any], tools: Any, output: Any) -> Any:
    """Answer as a function does that waits for something."""
    await asyncio.sleep(0)
    return Delayed(0.0, "in the end")


def test_items_are_answered_in_order_and_at_once() -> None:
    """Texts, values as JSON and functions: without a wait there is no coroutine."""
    items = ("hi", {"é": 1}, Point(2), Pair(3), [1, 2], Streamed("a ", "b"), shout, "")
    model = ScriptedModel(*items)
    expected = ["hi", '{"é": 1}', '{"x": 2}', '{"a": 3}', "[1, 2]", "a b", "WHO ARE YOU?", ""]
    assert texts(model, len(items)) == expected
    model.check()


def test_tool_calls_and_whole_completions_are_answered_as_they_are() -> None:
    """One call, several, or a `Completion` with what it says of itself."""
    one, other = ToolCall.of("1", "add", a=1), ToolCall.of("2", "add", a=2)
    whole = Completion("x", (), "length", Usage(5, 6), "big")
    model = ScriptedModel(one, [one, other], whole)
    first, second, third = (model.complete(ASKED) for _ in range(3))
    assert isinstance(first, Completion)
    assert isinstance(second, Completion)
    assert (first.tool_calls, first.finish_reason) == ((one,), "tool_calls")
    assert second.tool_calls == (one, other)
    assert third == whole


def test_words_are_counted_as_tokens() -> None:
    """The same script has the same usage, each time."""
    answer = ScriptedModel("a b c", name="m").complete(ASKED)
    assert answer == Completion("a b c", usage=Usage(5, 3), model="m")
    parts = [{"role": "user", "content": [{"type": "text", "text": "two words"}]}]
    counted = ScriptedModel(ToolCall("1", "add", "{}")).complete(parts)
    assert isinstance(counted, Completion)
    assert counted.usage == Usage(2, 2)


@pytest.mark.parametrize("error", [ValueError("no"), ValueError, ModelError("no", model="m")])
def test_an_exception_is_raised(error: Any) -> None:
    """An instance, or a class."""
    with pytest.raises(error if isinstance(error, type) else type(error)):
        ScriptedModel(error).complete(ASKED)


@pytest.mark.parametrize("item", [3, None, object(), Delayed(0, 3), Expect("x", 3)])
def test_what_no_model_answers_is_refused_at_once(item: Any) -> None:
    """When the script is made, and not when the answer is due."""
    with pytest.raises(TypeError, match="no answer of a model"):
        ScriptedModel("fine", item)
    with pytest.raises(TypeError, match="piece of Streamed"):
        Streamed("a", item)


def test_functions_may_wait() -> None:
    """And return what waits in turn."""
    answer = ScriptedModel(ask_later).complete(ASKED)
    assert not isinstance(answer, Completion)

    async def wait() -> Completion:
        return await answer

    assert asyncio.run(wait()).text == "in the end"


def test_a_delay_beyond_the_time_given_is_an_error_of_the_model() -> None:
    """As a real model's is."""

    async def ask() -> None:
        answer = ScriptedModel(Delayed(60.0, "late"), name="m").complete(ASKED, timeout=0.01)
        assert not isinstance(answer, Completion)
        await answer

    with pytest.raises(ModelError, match=r"'m' did not answer within 0\.01 s"):
        asyncio.run(ask())


async def read(model: ScriptedModel) -> tuple[list[str], Completion | None]:
    """Read a stream to its end."""
    pieces, whole = [], None
    async for delta in model.stream(ASKED):
        pieces.append(delta.text)
        whole = delta.completion
    return pieces, whole


def test_a_stream_has_the_pieces_and_then_the_whole() -> None:
    """Of any item: also of those that come late, and of tool calls."""
    call = ToolCall.of("1", "add")
    model = ScriptedModel(Streamed("a ", Delayed(0.0, "b")), Delayed(0.0, "late"), call)
    pieces, whole = asyncio.run(read(model))
    assert (pieces, whole) == (
        ["a ", "b", ""],
        Completion("a b", usage=Usage(5, 2), model="scripted"),
    )
    assert asyncio.run(read(model))[0] == ["late", ""]
    pieces, whole = asyncio.run(read(model))
    assert pieces == [""]
    assert whole is not None
    assert whole.tool_calls == (call,)
    model.check()


def test_a_stream_can_break_off() -> None:
    """With an exception among the pieces, after those before it."""

    got: list[str] = []

    async def pieces() -> None:
        async for delta in ScriptedModel(Streamed("a", ConnectionError())).stream(ASKED):
            got.append(delta.text)

    with pytest.raises(ConnectionError):
        asyncio.run(pieces())
    assert got == ["a"]
