"""Messages made valid before they are sent, since models themselves wrote much of what is in them.

A history keeps what a model said as it was said: arguments that are no JSON, a tool's name that is
made up, an id that it has used before, half of a character. A server refuses a request with any of
these, and it would refuse each later request of the conversation too. The rules are those of
OpenAI's API reference, which compatible servers share.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from agentcore.base.unicode_text import has_halves, valid_text, valid_texts
from agentcore.base.written_json import json_object
from agentcore.models.speaker_names import name_in_text
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import calls_in_words

__all__ = ["valid_messages"]

LONGEST_ID: Final = 40  # characters of a call's id
NO_TEXT: Final = "(no text)"
NO_NAME: Final = "unnamed"

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")

Sent = Mapping[str, Any]


def valid_messages(messages: Iterable[Sent]) -> list[Sent]:
    """Give messages that every server takes; those that are valid already are given unchanged.

    - Text is valid Unicode: two surrogates that make a pair are joined, others replaced by U+FFFD.
    - The arguments of a call are the text of a JSON object; others become ``{}``.
    - Names have 1 to 64 of the characters A-Z a-z 0-9 _ -. A speaker's name in another alphabet
      stands in the text instead.
    - Ids of calls have 40 characters at most, and none names two calls of the request.
    - Calls are followed by their results, one each. Calls without results, and results without a
      call, are described in text.
    - No message is empty, or has text that is nothing but white space.

    Equal beginnings of two histories give equal beginnings, so that servers' caches still help.

    Args:
        messages: messages as the OpenAI API has them; they are not changed.
    """
    given = list(messages)
    valid: list[Sent] = []
    ids = _Ids()
    place = 0
    while place < len(given):
        message = given[place]
        place += 1
        role = message.get("role")
        if role == "tool":
            valid.append(_result_in_words(message))
        elif not message.get("tool_calls"):
            valid.append(_message(message))
        else:
            end = place
            while end < len(given) and given[end].get("role") == "tool":
                end += 1
            valid += _round(message, given[place:end], ids)
            place = end
    return valid


# --- one message --------------------------------------------------------------------------------


def _message(message: Sent) -> Sent:
    content, name = message.get("content"), message.get("name")
    right = isinstance(content, str) and _says_something(content) and not has_halves(content)
    if right and len(message) == 2:
        return message  # as most are
    made = {key: valid_texts(value) for key, value in message.items()}
    made["content"] = _without_blanks(made.get("content")) or NO_TEXT
    if name is not None:
        made = _named(made)
    return message if made == message else made


def _without_blanks(content: Any) -> Any:
    """Give a content without text that is nothing but white space; ``None`` if it has no other."""
    if isinstance(content, str):
        return content if _says_something(content) else None
    if isinstance(content, list):
        return [each for each in content if not _is_blank(each)] or None
    return content


def _is_blank(part: Any) -> bool:
    return (
        isinstance(part, Mapping)
        and part.get("type") == "text"
        and not _says_something(_as_text(part))
    )


def _says_something(text: str) -> bool:
    return bool(text) and not text.isspace()


def _named(made: dict[str, Any]) -> dict[str, Any]:
    """Give a speaker a valid name; a name in another alphabet stands in the text instead."""
    name = str(made["name"])
    if name.isascii():
        return made | {"name": _valid_name(name)}
    return name_in_text(made)


def _valid_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:64] or NO_NAME


def _result_in_words(message: Sent) -> Sent:
    """Describe a result whose call is not shown."""
    return {"role": "user", "content": f"(result of a call: {_result_text(message)})"}


def _result_text(message: Sent) -> str:
    text = _as_text(message.get("content"))
    return text if _says_something(text) else NO_TEXT


def _as_text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return valid_text(content or "")
    parts = content if isinstance(content, list | tuple) else [content]
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
    return valid_text("\n".join(str(text) for text in texts if text is not None))


# --- calls and their results --------------------------------------------------------------------


class _Ids:
    """The ids of calls in one request: each that is not valid, or was used before, is replaced."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def valid(self, id: Any) -> str:
        """Give an id that names no call before."""
        right = isinstance(id, str) and 0 < len(id) <= LONGEST_ID and not has_halves(id)
        number = len(self._used)
        while not right or id in self._used:
            id, right = f"call_{number}", True
            number += 1
        self._used.add(id)
        return str(id)


def _round(proposal: Sent, results: Sequence[Sent], ids: _Ids) -> list[Sent]:
    """Give a proposal of calls and the results that follow it, in the order of the calls."""
    matched = _matched(proposal["tool_calls"], results)
    if matched is None or proposal.get("role") != "assistant":
        described = _message(_in_words(proposal))
        return [described, *map(_result_in_words, results)]
    calls, said = [], []
    for call, result in zip(proposal["tool_calls"], matched, strict=True):
        id = ids.valid(call.get("id"))
        calls.append(_call(call, id))
        said.append({
            "role": "tool", "tool_call_id": id, "content": _result_text(result),
        })  # fmt: skip
    made = {key: valid_texts(value) for key, value in proposal.items() if key != "tool_calls"}
    made["content"] = _without_blanks(made.get("content"))
    if made.get("name") is not None:
        made["name"] = _valid_name(str(made["name"]))
    return [made | {"tool_calls": calls}, *said]


def _matched(calls: Any, results: Sequence[Sent]) -> list[Sent] | None:
    """Give the results in the order of the calls; ``None`` if they are not one for each call."""
    if not all(isinstance(call, Mapping) for call in calls) or len(calls) != len(results):
        return None
    left = list(results)
    matched = []
    for call in calls:
        own = [each for each in left if each.get("tool_call_id") == call.get("id")]
        if not own:
            return None
        left.remove(own[0])
        matched.append(own[0])
    return matched


def _call(call: Sent, id: str) -> dict[str, Any]:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    name = _valid_name(str(function.get("name") or ""))
    made = {key: valid_texts(value) for key, value in call.items()}
    more = {key: valid_texts(function[key]) for key in function if key not in ("name", "arguments")}
    arguments = _arguments(function.get("arguments"))
    return made | {
        "id": id, "type": "function", "function": {**more, "name": name, "arguments": arguments},
    }  # fmt: skip


def _arguments(given: Any) -> str:
    """Give the text of a JSON object: the one that is given, or nearly; else ``{}``."""
    try:
        value, is_json = _read(given)
        right = valid_texts(value)
        text = json.dumps(right, ensure_ascii=False, allow_nan=False)  # NaN is no JSON
    except (ValueError, RecursionError, TypeError):
        return "{}"
    return str(given) if is_json and right == value else text


def _read(given: Any) -> tuple[Mapping[str, Any], bool]:
    """Give the arguments of a call, and whether they are written as servers can read them."""
    if not isinstance(given, str):
        return (given if isinstance(given, Mapping) else {}), False
    with contextlib.suppress(ValueError):
        value = json.loads(given)
        if isinstance(value, dict):
            return value, valid_text(given) == given
    return json_object(given), False


def _in_words(proposal: Sent) -> Sent:
    """Describe a proposal whose calls have no results."""
    said = Message(_as_text(proposal.get("content")), tool_calls=proposal["tool_calls"])
    return {"role": proposal.get("role") or "assistant", "content": calls_in_words(said)}
