"""The fields of a message: which there are, and which types they may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import EmptyMessageError, MessageTypeError

__all__ = ["KEYS", "check_fields", "fields_of"]

KEYS: Final = frozenset(
    ("content", "role", "metadata", "name", "context", "tool_calls", "tool_call_id")
)


def check_fields(content: Any, role: Any, metadata: Any, tool_calls: Any) -> None:
    """Check the types of a message's fields.

    Raises:
        EmptyMessageError: it has neither content nor a tool call.
        MessageTypeError: one has the wrong type.
    """
    if not content and not tool_calls:
        raise EmptyMessageError(
            "a message needs content or a tool call; to end a conversation, return True, None"
        )
    if content and not isinstance(content, str | list | tuple):
        raise MessageTypeError(
            f"the content of a message is a str or a list of parts, not {type(content).__name__}"
        )
    if tool_calls is not None and not isinstance(tool_calls, list | tuple):
        kind = type(tool_calls).__name__
        raise MessageTypeError(f"the tool_calls of a message are a list of dicts, not {kind}")
    if type(role) is not str:
        raise MessageTypeError(f"the role of a message is a str, not {type(role).__name__}")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise MessageTypeError(
            f"the metadata of a message is a dict, not {type(metadata).__name__}"
        )


def fields_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a message that a dict with further keys has.

    Such keys are what a model's server adds, and are dropped. Of them ``function_call`` is read as
    a tool call.

    Raises:
        MessageTypeError: a key is nearly one of a message, or ``function_call`` is none.
    """
    for key in value:
        if key not in KEYS:
            hint = did_you_mean(str(key), KEYS, count=1, cutoff=0.75)
            if hint:
                raise MessageTypeError(f"a message has no key {key!r}{hint}")
    fields = {key: value[key] for key in value if key in KEYS}
    function = value.get("function_call")
    if function is not None and "tool_calls" not in fields:
        fields["tool_calls"] = [_as_tool_call(function)]
    return fields


def _as_tool_call(function: Any) -> dict[str, Any]:
    """Make a tool call of a ``function_call``, as models wrote one before there were several."""
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise MessageTypeError(
            "the function_call of a message is a dict with a name and arguments, not "
            f"{function!r:.200}"
        )
    return {"id": f"call_{function['name']}", "type": "function", "function": dict(function)}
