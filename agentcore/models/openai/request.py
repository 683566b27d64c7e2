"""What is sent: the body of a request, in the dialect of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agentcore.models.openai.dialects import Dialect
from agentcore.models.openai.messages import in_dialect, with_instruction
from agentcore.protocol.model_api import Output, Sampling, ToolSpec

__all__ = ["request_body"]

_PLAIN: Final = Dialect()
_FORM: Final = (
    "Answer with one JSON value and nothing else: no introduction, no explanation, no code fence. "
    "It must be valid by this JSON schema:\n{schema}"
)


def request_body(
    model: str,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[ToolSpec],
    output: Output | None,
    sampling: Sampling,
    dialect: Dialect = _PLAIN,
    stream: bool = False,
) -> dict[str, Any]:
    """Return the body of a request, in the format of OpenAI's chat completions."""
    shown: Sequence[Mapping[str, Any]] = messages
    if output is not None and dialect.structured != "schema":
        shown = with_instruction(shown, _FORM.format(schema=_json(output.schema)))
    body: dict[str, Any] = {"model": model, "messages": in_dialect(shown, dialect)}
    if tools:
        body["tools"] = [_tool(tool, dialect) for tool in tools]
    if output is not None:
        body |= _response_format(output, dialect)
    body |= _chosen(sampling, dialect)
    if stream and dialect.streams:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def _tool(tool: ToolSpec, dialect: Dialect) -> dict[str, Any]:
    described = tool.as_dict()
    if not dialect.strict:
        described["function"].pop("strict", None)
    return described


def _response_format(output: Output, dialect: Dialect) -> dict[str, Any]:
    if dialect.structured == "words":
        return {}
    if dialect.structured == "json":
        return {"response_format": {"type": "json_object"}}
    schema = dict(output.schema)
    form: dict[str, Any] = {"name": _identifier(output.name), "schema": schema}
    if dialect.strict:
        root = schema.get("type") == "object" and "anyOf" not in schema
        form["strict"] = root and _is_strict(schema)
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _chosen(sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    names = {"max_tokens": dialect.max_tokens, "seed": dialect.seed}
    return {names.get(key, key): value for key, value in sampling.as_dict().items()}


def _json(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, default=dict)


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
