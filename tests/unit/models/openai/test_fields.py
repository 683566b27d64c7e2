"""Fields that only some servers have: what is kept of them, and how pieces are joined."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.models import Completion
from agentcore.models.openai.fields import merged, thoughts_in, unknown_fields
from tests.chat_protocol.asking import ask, model_at, pieces_of, run
from tests.chat_protocol.server import Server, chat, chunk, streamed

MERGED: list[tuple[Any, Any, Any]] = [
    ("a", "b", "ab"),
    ([1], [2], [1, 2]),
    ({"x": "a"}, {"x": "b", "y": 1}, {"x": "ab", "y": 1}),
    (1, 2, 2),
    (None, "a", "a"),
    ("a", None, "a"),
    ("signature", "signature", "signature"),
    (
        [{"type": "reasoning.text", "index": 0, "text": "a", "format": "f"}],
        [{"type": "reasoning.text", "index": 0, "text": "a", "format": "f"}],
        [{"type": "reasoning.text", "index": 0, "text": "aa", "format": "f"}],
    ),
    (
        [{"type": "reasoning.text", "index": 0, "text": "a"}],
        [{"type": "reasoning.text", "index": 1, "text": "b"}],
        [
            {"type": "reasoning.text", "index": 0, "text": "a"},
            {"type": "reasoning.text", "index": 1, "text": "b"},
        ],
    ),
]


@pytest.mark.parametrize(("one", "other", "expected"), MERGED)
def test_pieces_are_joined(one: Any, other: Any, expected: Any) -> None:
    """Texts and lists go on; what is but repeated is there once."""
    assert merged({"field": one}, {"field": other}) == {"field": expected}


def test_a_text_of_thoughts_goes_on_also_if_a_piece_is_as_the_one_before() -> None:
    """The model may say a word twice."""
    assert merged({"reasoning_content": "no"}, {"reasoning_content": "no"}) == {
        "reasoning_content": "nono"
    }


def test_what_is_empty_is_left_out_but_for_thoughts() -> None:
    """Some servers refuse a message without that field."""
    given = {"a": None, "b": "", "c": [], "d": {}, "e": False, "reasoning_content": "", "role": "x"}
    assert unknown_fields(given, frozenset({"role"})) == {"e": False, "reasoning_content": ""}


def test_thoughts_are_found_by_any_of_their_names() -> None:
    """The first that has a text; also in an object."""
    assert thoughts_in({"reasoning_content": "", "reasoning": "a", "thinking": "b"}) == "a"
    assert thoughts_in({"reasoning": {"content": "a"}}) == "a"
    assert thoughts_in({"reasoning_details": [1]}) == ""


def test_an_answer_keeps_its_thoughts_beside_its_text(server: Server) -> None:
    """Whole and streamed, in a field and in parts; what is OpenAI's own output is no extra."""
    extra = {"reasoning_content": "so, so", "reasoning_details": [{"a": 1}, {"a": 2}]}
    server.answers(chat("hi", **extra, refusal=None, annotations=[{"x": 1}], audio={"id": "1"}))
    whole = ask(model_at(server))
    server.answers(
        streamed(
            chunk({"role": "assistant", "reasoning_content": "so", "refusal": None}),
            chunk({"reasoning_content": ", so", "reasoning_details": [{"a": 1}]}),
            chunk({"reasoning_details": [{"a": 2}], "content": "hi"}, "stop"),
        )
    )
    *texts, last = run(pieces_of(model_at(server)))
    assert [delta.text for delta in texts] == ["hi"]
    for answer in (whole, last.completion):
        assert isinstance(answer, Completion)
        assert (answer.text, answer.thinking) == ("hi", "so, so")
        assert answer.extra == extra
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}, {"text": "hi"}]
    server.answers(chat(parts))
    assert (ask(model_at(server)).text, ask(model_at(server)).thinking) == ("hi", "so")


def test_a_whole_message_at_the_end_of_a_stream_is_not_said_twice(server: Server) -> None:
    """Neither its text nor its calls; what is new in it is taken."""
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    new = {**call, "id": "c2"}
    end: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "stop"}
    message = {"role": "assistant", "content": "hello", "tool_calls": [call, new]}
    server.answers(
        streamed(
            chunk({"content": "hel", "tool_calls": [{"index": 0, **call}]}),
            chunk(choices=[{**end, "message": message}]),
        )
    )
    *texts, last = run(pieces_of(model_at(server)))
    assert [delta.text for delta in texts] == ["hel", "lo"]
    assert last.completion is not None
    assert [each.id for each in last.completion.tool_calls] == ["c1", "c2"]


def test_a_call_as_it_was_once_written_is_a_call(server: Server) -> None:
    """The function_call of the API's first days, whole and in pieces."""
    legacy = {"name": "add", "arguments": '{"a": 1}'}
    server.answers(chat(None, function_call=legacy, finish_reason="function_call"))
    whole = ask(model_at(server))
    server.answers(
        streamed(
            chunk({"function_call": {"name": "add", "arguments": ""}}),
            chunk({"function_call": {"arguments": '{"a"'}}),
            chunk({"function_call": {"arguments": ": 1}"}}, "function_call"),
        )
    )
    last = run(pieces_of(model_at(server)))[-1].completion
    assert last is not None
    for answer in (whole, last):
        (call,) = answer.tool_calls
        assert (call.name, call.arguments, answer.finish_reason) == (
            "add", '{"a": 1}', "tool_calls",
        )  # fmt: skip
