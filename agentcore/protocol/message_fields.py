"""Which types the fields of a message may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentcore.base.errors import EmptyMessageError, MessageTypeError

__all__ = ["check_fields"]


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
