"""What is sent: the body of a request, in the dialect of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.models.openai.dialects import Dialect
from agentcore.models.openai.messages import in_dialect, with_instruction
from agentcore.models.sent_schema import sent_parameters
from agentcore.models.strict_schema import is_strict
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
        body["tools"] = [_tool(tool) for tool in tools]
    if output is not None:
        body |= _response_format(output, dialect)
    body |= _chosen(sampling, dialect)
    if stream and dialect.streams:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return attrs.evolve(tool, parameters=sent_parameters(tool.parameters)).as_dict()


def _response_format(output: Output, dialect: Dialect) -> dict[str, Any]:
    if dialect.structured == "words":
        return {}
    if dialect.structured == "json":
        return {"response_format": {"type": "json_object"}}
    schema = dict(output.schema)
    if schema.get("type") == "object":
        schema = sent_parameters(schema)
    form: dict[str, Any] = {"name": _identifier(output.name), "schema": schema}
    if dialect.strict:
        form["strict"] = is_strict(schema)
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def _chosen(sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    names = {"max_tokens": dialect.max_tokens, "seed": dialect.seed}
    return {names.get(key, key): value for key, value in sampling.as_dict().items()}


def _json(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, default=dict)


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64] or "answer"
