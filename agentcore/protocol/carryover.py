"""Carry-over: what an agent is told, beside the first message, of work that came before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from agentcore.protocol.message import ChatResponse, Message
from agentcore.protocol.message_text import text_of, text_of_content
from agentcore.protocol.transcript import ChatResult

__all__ = ["Carryover", "carried", "told", "with_carryover"]

CONTEXT: Final = "Context:"
Carryover: TypeAlias = str | Message | ChatResult | Mapping[str, Any] | Iterable[object] | None


def carried(carryover: Any) -> tuple[str, ...]:
    """Return what was given as ``carryover=`` as texts.

    Args:
        carryover: ``None``, one text, message, dict or `ChatResult`, or several of them.

    Raises:
        TypeError: it is nothing that can be told.

    Examples:
        >>> carried(None), carried("be brief"), carried([{"content": "42"}, 7])
        ((), ('be brief',), ('42', '7'))
    """
    if carryover is None:
        return ()
    if isinstance(carryover, str | Mapping | ChatResponse | ChatResult):
        carryover = (carryover,)
    elif isinstance(carryover, bytes | bytearray) or not isinstance(carryover, Iterable):
        raise TypeError(
            f"carryover= is a text or several, messages, dicts or results of chats, "
            f"not {carryover!r:.200}"
        )
    return tuple(text for text in map(told, carryover) if text)


def told(item: Any) -> str:
    """Return a value in the words that an agent is told.

    That is the text of a message, the content of a dict, the summary of a `ChatResult`, and JSON of
    other dicts and lists; nothing of ``None``.
    """
    if item is None:
        return ""
    if isinstance(item, Message):
        return text_of(item)
    if isinstance(item, ChatResponse):
        return item.output
    if isinstance(item, ChatResult):
        return item.summary
    if isinstance(item, Mapping) and "content" in item:
        content = item["content"]
        return text_of_content(content) if isinstance(content, list | tuple) else told(content)
    if isinstance(item, Mapping | list | tuple):
        return json.dumps(item, ensure_ascii=False, default=_plain)
    return str(item)


def _plain(value: Any) -> Any:
    """Return what JSON does not know as something that it does."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def with_carryover(message: Message, texts: Sequence[str]) -> Message:
    """Return a message with what is carried over: behind its text, or as a part of its own."""
    if not texts:
        return message
    context = "\n".join((CONTEXT, *texts))
    content = message.content
    if not content:
        content = context
    elif isinstance(content, str):
        content = f"{content}\n{context}"
    else:
        content = [*content, {"type": "text", "text": context}]
    return Message(**{**dict(message), "content": content})
