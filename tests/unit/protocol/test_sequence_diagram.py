"""Conversations as sequence diagrams."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore import Entry, Message, Transcript
from agentcore.protocol.model_api import ToolCall

LINE = re.compile(r"    (a\d+)-?->>(a\d+): \S.*|    participant a\d+ as \S.*")


def lines(*items: Any, **options: Any) -> list[str]:
    """Give the lines of the diagram of messages and entries between Alice and Bob."""
    transcript = Transcript("alice", "bob", list(items))
    return transcript.to_mermaid(**options).split("\n")


def test_what_was_said_in_a_nested_conversation_has_a_dashed_arrow() -> None:
    """And who speaks there is a participant, too."""
    nested = Entry("bob", "carol", Message("you?"), 1)
    assert lines(Message("hi"), nested, Message("ok")) == [
        "sequenceDiagram",
        "    participant a0 as alice",
        "    participant a1 as bob",
        "    participant a2 as carol",
        "    a0->>a1: hi",
        "    a1-->>a2: you?",
        "    a1->>a0: ok",
    ]


def test_signs_that_mean_something_in_a_diagram_are_escaped() -> None:
    """A semicolon or a line break would end the statement, and # begin an escape."""
    assert lines(Message("a; b\nc #1 <b>"))[-1] == "    a0->>a1: a#59; b c #35;1 #60;b#62;"


def test_a_long_message_is_cut_unless_all_is_wanted() -> None:
    """A diagram has no room for pages."""
    assert lines(Message("x" * 100))[-1].endswith(f": {'x' * 59}…")
    assert lines(Message("x" * 100), width=5)[-1].endswith(": xxxx…")
    assert lines(Message("x" * 100), width=None)[-1].endswith("x" * 100)
    with pytest.raises(ValueError, match="1 or more"):
        lines(width=0)


def test_calls_of_tools_and_pictures_are_told_in_words() -> None:
    """As in what is printed of a message."""
    call = ToolCall.of("1", "add", a=1).as_dict()
    assert "asks to call add" in lines(Message(None, tool_calls=[call]))[-1]
    parts = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "u"}}]
    assert lines(Message(parts))[-1].endswith(": see (image_url)")


def test_of_a_conversation_in_which_nothing_was_said_there_is_an_empty_diagram() -> None:
    """It is one all the same."""
    assert lines() == ["sequenceDiagram"]


@given(st.lists(st.tuples(st.text(), st.text(), st.text(min_size=1)), max_size=4))
def test_each_message_is_one_line_whatever_it_says(said: list[tuple[str, str, str]]) -> None:
    """Whatever the names, too: no text of the user's becomes a statement of the diagram."""
    entries = [Entry(one, another, Message(text)) for one, another, text in said]
    first, *rest = lines(*entries)
    names = {name for one, another, _ in said for name in (one, another)}
    assert first == "sequenceDiagram"
    assert len(rest) == len(names) + len(said)
    assert all(LINE.fullmatch(each) for each in rest)
    assert not any(set(each.partition(": ")[2]) & set("<>%\"'") for each in rest)
