"""Fields of an answer that only some servers have, of which a model may want to see its own again.

Gemini signs its thoughts, others give them as ``reasoning_content``: what the server knows nothing
of at the next request is lost to the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["THOUGHTS", "merged", "thoughts_in", "unknown_fields"]

# Where servers put what a model thinks, the first that has a text.
THOUGHTS: Final = ("reasoning_content", "reasoning", "thinking", "thought", "reasoning_text")
_GROWING: Final = frozenset({*THOUGHTS, "text", "summary", "data", "content"})
_SAME_ITEM: Final = ("type", "index", "id")


def unknown_fields(value: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return the fields that have something in them and are none of the known ones.

    A text of thoughts is kept also if it is empty: some servers refuse a message without it.
    """
    return {
        str(key): each
        for key, each in value.items()
        if key not in known and (each not in (None, "", [], {}) or (each == "" and key in THOUGHTS))
    }


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Join the fields of two pieces of a stream.

    Texts and lists of the second continue those of the first. A text that is repeated as it is,
    such as a signature, is kept once, unless its field is one of text that grows.
    """
    joined = dict(one)
    for key, value in other.items():
        joined[key] = _joined(key, joined.get(key), value)
    return joined


def thoughts_in(fields: Mapping[str, Any]) -> str:
    """Return what a model thought, of the fields of its message."""
    for key in THOUGHTS:
        value = fields.get(key)
        if isinstance(value, Mapping):
            value = value.get("content") or value.get("text")
        if isinstance(value, str) and value:
            return value
    return ""


def _joined(key: str, one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, str) and isinstance(other, str):
        return one if one == other and key not in _GROWING else one + other
    if isinstance(one, list) and isinstance(other, list):
        return _extended(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return merged(one, other)
    return other


def _extended(one: list[Any], other: list[Any]) -> list[Any]:
    """Extend a list; an item that goes on with the last one, as its index says, is joined to it."""
    items = list(one)
    for each in other:
        if items and _goes_on(items[-1], each):
            items[-1] = {**merged(items[-1], each), **_names_of(each)}
        else:
            items.append(each)
    return items


def _goes_on(last: Any, item: Any) -> bool:
    if not isinstance(last, Mapping) or not isinstance(item, Mapping):
        return False
    if item.get("index") is None or last.get("index") != item["index"]:
        return False
    return bool(last.get("type") == item.get("type", last.get("type")))


def _names_of(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in _SAME_ITEM if item.get(key) is not None}
