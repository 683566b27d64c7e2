"""Messages as a server's dialect wants them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.models.alternation import alternated, joined
from agentcore.models.openai.dialects import Dialect
from agentcore.models.speaker_names import name_in_text

__all__ = ["in_dialect", "with_instruction"]

Sent = dict[str, Any]
_OWN_KEYS: Final = frozenset({"role", "content", "name", "tool_calls", "tool_call_id"})
# Keys of agentcore's own messages, which no server knows.
_NOT_SENT: Final = frozenset({"metadata", "id", "sender", "recipient", "usage", "model"})
_CALL_KEYS: Final = frozenset({"id", "type", "function"})
_NINE: Final = re.compile(r"[A-Za-z0-9]{9}")


def in_dialect(messages: Sequence[Mapping[str, Any]], dialect: Dialect) -> list[Sent]:
    """Return messages as a server takes them."""
    if dialect.alternates:  # joined messages have no room for the names of several speakers
        dialect = attrs.evolve(dialect, names=False)
    sent = [_message(each, dialect) for each in messages]
    if not dialect.system_role:
        sent = _without_system(sent)
    if dialect.alternates:
        sent = alternated(sorted(sent, key=lambda each: not _is_system(each)))
    return sent


def with_instruction(messages: Sequence[Mapping[str, Any]], text: str) -> list[Sent]:
    """Add an instruction to the system message; without one, to the last message of the user.

    A system message is obeyed also after many calls and results. Where there is none, the request
    mostly is one message, and what stands at its end is obeyed best.
    """
    told = [dict(each) for each in messages]
    system = [each for each in told if _is_system(each)]
    user = [each for each in told if each.get("role") == "user"]
    if system or user:
        place = (system[:1] or user[-1:])[0]
        place["content"] = joined(place.get("content") or "", text)
        return told
    return [{"role": "user", "content": text}, *told]


def _message(message: Mapping[str, Any], dialect: Dialect) -> Sent:
    role = message.get("role")
    kept = {
        key: value
        for key, value in message.items()
        if value is not None and key not in _NOT_SENT and (key in _OWN_KEYS or role == "assistant")
    }
    if not dialect.fields_back:
        kept = {key: value for key, value in kept.items() if key in _OWN_KEYS}
    calls = kept.get("tool_calls")
    if calls:
        kept["tool_calls"] = [_call(each, dialect) for each in calls]
    if not kept.get("content") and calls:
        kept.pop("content", None)
        if dialect.empty_content != "absent":
            kept["content"] = "" if dialect.empty_content == "text" else None
    elif "content" not in kept:
        kept["content"] = None  # OpenAI requires the key
    if "name" in kept:
        kept = _named(kept, dialect)
    if "tool_call_id" in kept:
        kept["tool_call_id"] = _id(kept["tool_call_id"], dialect)
    return kept


def _named(message: Sent, dialect: Dialect) -> Sent:
    name = message["name"]
    if dialect.names:
        return {**message, "name": re.sub(r"[\s<|\\/>]+", "_", str(name))}
    if message["role"] == "user" and message["content"] is not None:
        return name_in_text(message)
    return {key: value for key, value in message.items() if key != "name"}


def _call(call: Mapping[str, Any], dialect: Dialect) -> Sent:
    kept = dict(call)
    if not dialect.fields_back:
        kept = {key: value for key, value in kept.items() if key in _CALL_KEYS}
        function = kept.get("function")
        if isinstance(function, Mapping):
            kept["function"] = {key: function[key] for key in ("name", "arguments")}
    return {**kept, "id": _id(kept.get("id"), dialect)}


def _id(id: Any, dialect: Dialect) -> Any:
    if dialect.call_ids == "any" or _NINE.fullmatch(str(id)):
        return id
    return hashlib.sha256(str(id).encode("utf-8", "replace")).hexdigest()[:9]


def _without_system(messages: Sequence[Sent]) -> list[Sent]:
    """Put what system messages say before the text of the user's first message."""
    systems = [each for each in messages if _is_system(each)]
    if not systems:
        return list(messages)
    rest = [each for each in messages if not _is_system(each)]
    said = systems[0]["content"]
    for each in systems[1:]:
        said = joined(said, each["content"])
    first = next((index for index, each in enumerate(rest) if each["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": said}, *rest]
    rest[first] = {**rest[first], "content": joined(said, rest[first]["content"])}
    return rest


def _is_system(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("system", "developer")
