"""Messages that were saved, as JSON or in another framework, and are read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import MessageError, MessageTypeError
from agentcore.protocol.message import KEYS, ChatResponse, Message, as_message

__all__ = ["saved_messages"]

_ROLES: Final = ("user", "assistant", "system", "developer", "tool", "function")
_RESULTS: Final = ("tool_call_id", "content")


def saved_messages(given: Any, whose: str) -> list[Message]:
    """Read messages that were saved: a list of dicts, texts and `Message` objects, or JSON of one.

    A key of a dict that messages do not have, such as the time, goes to the metadata.

    Args:
        whose: what they are, in words for the errors.

    Raises:
        MessageError: it is no such list; the text says which message is wrong, and how.
    """
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise MessageTypeError(
                f"{whose} is a text that is no JSON ({error}): give a list of messages, or what "
                "to_json() returned"
            ) from None
    if isinstance(given, str | Mapping | ChatResponse) or not isinstance(given, Iterable):
        raise MessageTypeError(
            f"{whose} is a list of messages, not a {type(given).__name__}: write [{{...}}, {{...}}]"
        )
    messages = []
    for index, each in enumerate(given):
        try:
            messages.append(_saved_message(each))
        except MessageError as error:
            raise type(error)(f"{whose}, message {index}: {error}") from None
    return messages


def _saved_message(given: Any) -> Message:
    if isinstance(given, Message) or not isinstance(given, Mapping):
        return as_message(given)
    fields = {key: value for key, value in given.items() if key in KEYS}
    role = fields.setdefault("role", "user")
    if role not in _ROLES:
        hint = did_you_mean(role, _ROLES) if isinstance(role, str) else ""
        raise MessageTypeError(f"a role is one of {', '.join(_ROLES)}, not {role!r}{hint}")
    # ``None`` and empty values are what an API writes for fields that the message does not have.
    more = {key: value for key, value in given.items() if key not in KEYS and value}
    results = more.pop("tool_responses", None)  # as AutoGen has the results of several calls
    if results:
        more["tool_results"] = [{key: each.get(key) for key in _RESULTS} for each in results]
    metadata = fields.get("metadata")
    if more and isinstance(metadata, Mapping | None):
        fields["metadata"] = {**more, **(metadata or {})}
    if not fields.get("content") and not fields.get("tool_calls") and more:
        found = [did_you_mean(key, KEYS) for key in more]
        raise MessageTypeError(f"it has no content, and {', '.join(more)}{''.join(found)}")
    return Message(**fields)
