"""What is sent: the body of a request in the format of OpenAI's chat completions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.protocol.model_api import Output, Sampling, ToolSpec

__all__ = ["request_body"]

_MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id")


def request_body(
    model: str,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[ToolSpec],
    output: Output | None,
    sampling: Sampling,
) -> dict[str, Any]:
    """Return the body of a request, in OpenAI's format."""
    body: dict[str, Any] = {"model": model, "messages": [_message(each) for each in messages]}
    if tools:
        body["tools"] = [tool.as_dict() for tool in tools]
    if output is not None:
        schema = dict(output.schema)
        form = {"name": _identifier(output.name), "schema": schema, "strict": _is_strict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body | sampling.as_dict()


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: message[key] for key in _MESSAGE_KEYS if message.get(key) is not None}
    if "content" not in kept:
        kept["content"] = None  # OpenAI requires the key, also beside tool calls
    if "name" in kept:
        kept["name"] = re.sub(r"[\s<|\\/>]+", "_", str(kept["name"]))
    return kept


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64] or "answer"


def _is_strict(schema: Any) -> bool:
    """Return whether a schema obeys the rules of OpenAI's strict mode, which refuses all others."""
    if isinstance(schema, list | tuple):
        return all(_is_strict(each) for each in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        if schema.get("additionalProperties") is not False:
            return False
        if set(properties) != set(schema.get("required") or ()):
            return False
        # Only the values: the name of a property must not be read as a keyword of the schema.
        parts = {**schema, "properties": list(properties.values())}
        return _is_strict(list(parts.values()))
    return all(_is_strict(each) for each in schema.values())
