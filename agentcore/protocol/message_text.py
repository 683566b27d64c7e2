"""The text of a message, also where its content is a list of parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.protocol.message import Message

__all__ = ["calls_in_words", "text_of", "text_of_content"]


def text_of(message: Message) -> str:
    """Return the text of a message, with the calls that it asks for in words.

    Examples:
        >>> text_of(Message([{"type": "text", "text": "What is this?"}, {"type": "image_url"}]))
        'What is this?'
    """
    return calls_in_words(message) if message.tool_calls else text_of_content(message.content)


def text_of_content(content: Any) -> str:
    """Return the text of a content: itself, or its text parts, a line each; or empty."""
    if isinstance(content, str):
        return content
    parts: Iterable[Any] = content or ()
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
    return "\n".join(text for text in texts if isinstance(text, str))


def calls_in_words(message: Message) -> str:
    """Describe a message with tool calls in one text: its content, and the calls it asks for."""
    calls = []
    for call in message.tool_calls:
        function = (call.get("function") if isinstance(call, Mapping) else None) or {}
        named = f"{function.get('name')} with {function.get('arguments')}"
        calls.append(named if function else str(call))
    asked = f"(asks to call {', '.join(calls)})"
    return f"{message.content} {asked}" if message.content else asked
