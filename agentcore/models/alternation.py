"""Messages of user and assistant in turns, for models that refuse two of one role in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["GOES_ON", "NO_ANSWER", "alternated", "joined"]

BREAK: Final = "\n\n"
GOES_ON: Final = "(The conversation goes on.)"
NO_ANSWER: Final = "(no answer)"
Sent = dict[str, Any]


def alternated(messages: Sequence[Mapping[str, Any]]) -> list[Sent]:
    """Let user and assistant alternate, beginning and ending with user.

    Messages of one role and name in a row are merged, but for calls and their results. Results may
    end it too, and are followed by the assistant otherwise.
    """
    merged: list[Sent] = []
    for each in messages:
        last = merged[-1] if merged else None
        if last is not None and _may_merge(last, each):
            merged[-1] = {**last, "content": joined(last["content"], each["content"])}
        else:
            if last is not None and last["role"] == "tool" and each["role"] == "user":
                merged.append({"role": "assistant", "content": NO_ANSWER})
            merged.append(dict(each))
    first = next((i for i, each in enumerate(merged) if not _is_system(each)), None)
    if first is not None and merged[first]["role"] == "assistant":
        merged.insert(first, {"role": "user", "content": GOES_ON})
    if merged and merged[-1]["role"] == "assistant" and not merged[-1].get("tool_calls"):
        merged.append({"role": "user", "content": GOES_ON})
    return merged


def _may_merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one["role"] != other["role"] or one["role"] == "tool":
        return False
    return not (
        one.get("tool_calls") or other.get("tool_calls") or one.get("name") != other.get("name")
    )


def _is_system(message: Mapping[str, Any]) -> bool:
    return message["role"] in ("system", "developer")


def joined(one: Any, other: Any) -> Any:
    """Give two contents as one: texts with an empty line between them, or lists of parts."""
    if isinstance(one, str) and isinstance(other, str):
        return one + BREAK + other if one and other else one + other
    return [*_parts(one), *_parts(other)]


def _parts(content: Any) -> Sequence[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content or ()
