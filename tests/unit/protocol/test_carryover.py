"""Carry-over as texts, and messages with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore import ChatResponse, Message
from agentcore.protocol.carryover import carried, with_carryover
from agentcore.protocol.message_text import text_of
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Transcript

VALUES = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PARTS = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}]
RESULT = ChatResult(Transcript("a", "b", (Message("done"),)), StopReason(StopKind.NO_REPLY))


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ()),
        ("", ()),
        ("x", ("x",)),
        (("x", None, "y"), ("x", "y")),
        ((each for each in "xy"), ("x", "y")),
        (Message("said"), ("said",)),
        (Message(PARTS), ("look",)),
        ({"content": None}, ()),
        ({"content": PARTS}, ("look",)),
        ({"content": {"n": 1}}, ('{"n": 1}',)),
        ([["x", {"y": {1, }}]], ('["x", {"y": "{1}"}]',)),
        (ChatResponse(output="answered"), ("answered",)),
        ([RESULT, RESULT], ("done", "done")),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whatever_is_carried_over_is_told_in_words(value: Any, texts: tuple[str, ...]) -> None:
    """Each of several in turn, and what says nothing not at all."""
    assert carried(value) == texts


@pytest.mark.parametrize("value", [3, 2.5, b"x", object()], ids=lambda value: type(value).__name__)
def test_what_cannot_be_told_is_refused(value: Any) -> None:
    """In words that say what can."""
    with pytest.raises(TypeError, match="a text or several"):
        carried(value)


@given(content=VALUES)
def test_a_dict_is_told_by_its_content_and_never_as_python_source(content: Any) -> None:
    """No words of a literal of Python, such as None or a quote in single quotes, are told."""
    (text,) = carried([{"content": content}]) or ("",)
    if isinstance(content, str):
        assert text == content
    elif not isinstance(content, list | dict):
        assert text == ("" if content is None else str(content))
    assert not text.startswith("{'")


@given(content=st.text(min_size=1) | st.just(PARTS), texts=st.lists(st.text(min_size=1)))
def test_a_message_keeps_what_it_is_and_tells_all_that_is_carried_over(
    content: Any, texts: list[str]
) -> None:
    """Its content comes first, and its metadata and name stay."""
    message = Message(content, name="ann", metadata={"n": 1})
    told = with_carryover(message, texts)
    assert (told.name, told.metadata) == ("ann", {"n": 1})
    assert text_of(told).startswith(text_of(message))
    assert all(text in text_of(told) for text in texts)
    assert (told is message) == (not texts)


def test_carry_over_to_a_mere_call_is_its_content() -> None:
    """The call goes along."""
    call = Message(None, tool_calls=[{"id": "1", "function": {"name": "f", "arguments": "{}"}}])
    told = with_carryover(call, ["x"])
    assert (told.content, told.tool_calls) == ("Context:\nx", call.tool_calls)
