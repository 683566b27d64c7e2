"""The text of messages."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import Message
from agentcore.protocol.message_text import text_of, text_of_content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("x", "x"),
        ([{"type": "text", "text": "a"}, {"type": "image_url"}, "b", {"text": 3}], "a\nb"),
    ],
    ids=str,
)
def test_a_content_is_told_by_its_texts(content: Any, text: str) -> None:
    """Parts that are no text have none."""
    assert text_of_content(content) == text


def test_calls_are_told_in_words() -> None:
    """A message that only asks for calls says something too."""
    call = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
    assert text_of(Message(None, tool_calls=[call])) == "(asks to call f with {})"
