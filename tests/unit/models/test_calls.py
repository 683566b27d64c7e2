"""Asking a model: what it thought aloud is told apart, whole or in a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest

from agentcore.base.errors import ModelError
from agentcore.base.steps import run_now
from agentcore.models import Completion, Delta, ToolCall
from agentcore.models.calls import completing, is_empty, streaming, was_cut_off


@attrs.define
class Model:
    """A model with these pieces, which notes whether its stream was closed.

    Attributes:
        pieces: what it says.
        last: its completion.
        closed: whether its stream was closed.
    """

    pieces: tuple[str, ...]
    last: Completion | None = None
    closed: bool = False

    def complete(self, messages: Any, **options: Any) -> Any:
        return self.last or "".join(self.pieces)

    def stream(self, messages: Any, **options: Any) -> Iterator[Delta]:
        try:
            yield from map(Delta, self.pieces)
            yield Delta(completion=self.last or Completion("".join(self.pieces)))
        finally:
            self.closed = True


class AsyncModel(Model):
    """The same, as an async stream."""

    async def stream(self, messages: Any, **options: Any) -> AsyncIterator[Delta]:  # type: ignore[override]
        try:
            for delta in super().stream(messages):
                yield delta
        finally:
            self.closed = True


def completed(model: Any, **options: Any) -> Completion:
    """Ask a model that answers at once."""
    answer: Completion = run_now(completing(model, [], **options), lambda wanted: wanted)
    return answer


def read(model: Any, **options: Any) -> list[Delta]:
    """Read a stream of either kind to its end."""
    source = streaming(model, [], **options)
    if not isinstance(source, AsyncIterator):
        return list(source)

    async def collect() -> list[Delta]:
        return [delta async for delta in source]

    return asyncio.run(collect())


THOUGHT = ("<think>h", "m</th", "ink>\n", "it is", " 4")


def test_thinking_in_the_text_and_beside_it_is_joined() -> None:
    """What the server sent apart comes first."""
    model = Model((), Completion("<think>hm</think>4", thinking="so "))
    assert completed(model) == Completion("4", thinking="so\n\nhm")


def test_a_text_is_left_as_it_is_where_thinking_is_shown() -> None:
    """What the server sent apart is put before it."""
    assert completed(Model(THOUGHT), show_thinking=True) == Completion(
        "".join(THOUGHT), thinking="hm"
    )
    told = completed(Model((), Completion("4", thinking="hm")), show_thinking=True)
    assert told.text == "<think>\nhm\n</think>\n\n4"


def test_an_answer_without_thinking_is_the_models_own() -> None:
    """The same object."""
    answer = Completion(" 4 ", [ToolCall("1", "f")])
    assert completed(Model((), answer)) is answer


def test_what_is_no_answer_is_an_error() -> None:
    """It names the model."""
    with pytest.raises(ModelError, match="model Model answered 4"):
        completed(Model((), 4))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Model, AsyncModel])
def test_a_stream_has_the_answer_alone(kind: type[Model]) -> None:
    """Its last piece has what was thought, and the text without it."""
    deltas = read(kind(THOUGHT))
    assert [delta.text for delta in deltas] == ["it is", " 4", ""]
    assert deltas[-1].completion == Completion("it is 4", thinking="hm")


@pytest.mark.parametrize("kind", [Model, AsyncModel])
def test_a_stream_is_as_it_was_written_where_thinking_is_shown(kind: type[Model]) -> None:
    """Piece by piece."""
    deltas = read(kind(THOUGHT), show_thinking=True)
    assert [delta.text for delta in deltas] == [*THOUGHT, ""]
    assert deltas[-1].completion == Completion("".join(THOUGHT), thinking="hm")


@pytest.mark.parametrize("kind", [Model, AsyncModel])
def test_what_was_withheld_is_given_at_the_end(kind: type[Model]) -> None:
    """It might have begun a tag."""
    assert [delta.text for delta in read(kind(("4 <", "thin")))] == ["4 ", "<thin", ""]


@pytest.mark.parametrize("kind", [Model, AsyncModel])
def test_a_stream_of_a_model_that_has_the_whole_answer_only_is_one_piece(kind: type[Model]) -> None:
    """And one whose completion has no text has that of its pieces."""
    assert [delta.text for delta in read(kind((), Completion("<think>hm</think>4")))] == ["4", ""]
    last = read(kind(THOUGHT, Completion(finish_reason="length")))[-1].completion
    assert last == Completion("it is 4", finish_reason="length", thinking="hm")


@pytest.mark.parametrize("kind", [Model, AsyncModel])
def test_a_stream_that_is_closed_closes_the_models_own(kind: type[Model]) -> None:
    """So that a server stops writing."""
    model = kind(("4", "5"))
    source = streaming(model, [])

    async def begin_and_close() -> None:
        if isinstance(source, AsyncIterator):
            await anext(source)
            await source.aclose()  # type: ignore[attr-defined]
        else:
            next(source)
            source.close()  # type: ignore[attr-defined]

    asyncio.run(begin_and_close())
    assert model.closed


def test_an_answer_is_empty_that_says_nothing_but_thoughts() -> None:
    """And calls nothing."""
    empty = [
        Completion(text) for text in ("", " \n", "<think>hm</think>\n", "<think>hm", "hm</think>")
    ]
    assert all(map(is_empty, empty))
    assert not is_empty(Completion("", [ToolCall("1", "f")]))
    assert not is_empty(Completion("<think>hm</think>4"))


def test_servers_have_several_words_for_an_answer_that_was_cut_off() -> None:
    """And others for those that were not."""
    cut = ("length", "max_tokens", "MAX_TOKENS", "model_length")
    assert all(was_cut_off(Completion("", finish_reason=reason)) for reason in cut)
    whole = ("stop", "tool_calls", "content_filter", "")
    assert not any(was_cut_off(Completion("", finish_reason=reason)) for reason in whole)
