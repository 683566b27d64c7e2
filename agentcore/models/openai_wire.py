"""The wire format of OpenAI's chat completions: writing requests and reading answers.

Compatible servers differ in details, so answers are read leniently. An answer that cannot be read
is a ``ValueError`` whose text says what is wrong with it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from agentcore.protocol.model_api import Completion, Output, Sampling, ToolCall, ToolSpec, Usage

__all__ = ["Assembly", "completion_from", "request_body"]

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


# --- what comes back --------------------------------------------------------------------------


def completion_from(answer: Any) -> Completion:
    """Read an answer that came whole.

    Raises:
        ValueError: it does not have the format of an answer.
    """
    choice = _first_choice(answer)
    message = _mapping(choice.get("message"), "the message of the choice")
    text, refused = _text(message.get("content")), _text(message.get("refusal"))
    calls = [_call(each) for each in _list(message.get("tool_calls"), "tool_calls")]
    assembly = Assembly(text=text, refused=refused, calls=dict(enumerate(calls)))
    assembly.finish_reason = choice.get("finish_reason")
    assembly.note(answer)
    return assembly.completion()


def _call(call: Any) -> _Call:
    function = _mapping(_mapping(call, "a tool call").get("function"), "a tool call's function")
    return _Call(call.get("id"), function.get("name"), [_arguments(function.get("arguments"))])


def _arguments(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _text(content: Any) -> str | None:
    """Return the text of a content, which some servers send in parts."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    raise ValueError(f"its content is {_shown(content)}")


def _first_choice(answer: Any) -> Mapping[str, Any]:
    answer = _mapping(answer, "the answer")
    choices = _list(answer.get("choices"), "choices")
    if not choices:
        error = answer.get("error")  # some servers fail with status 200
        raise ValueError(f"it has no choices{f', but an error: {_shown(error)}' if error else ''}")
    return _mapping(choices[0], "its choice")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is {_shown(value)}")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{what} is {_shown(value)}")
    return value or []


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


@attrs.define
class _Call:
    """A tool call whose pieces are being collected."""

    id: str | None = None
    name: str | None = None
    arguments: list[str] = attrs.field(factory=list)

    def whole(self, index: int) -> ToolCall:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"tool call {index} names no tool")
        id = self.id if isinstance(self.id, str) and self.id else f"call_{uuid.uuid4().hex[:12]}"
        return ToolCall(id, self.name, "".join(self.arguments) or "{}")


@attrs.define
class Assembly:
    """An answer that is being put together from the pieces of a stream."""

    text: str | None = None
    refused: str | None = None
    calls: dict[int, _Call] = attrs.field(factory=dict)
    finish_reason: Any = None
    usage: Usage = attrs.field(factory=Usage)
    model: str = ""

    def add(self, chunk: Any) -> str:
        """Add a piece of the stream.

        Returns:
            the text that the piece adds; empty if it adds none.

        Raises:
            ValueError: it does not have the format of a piece.
        """
        chunk = _mapping(chunk, "a piece of the answer")
        self.note(chunk)
        choices = _list(chunk.get("choices"), "choices")
        if not choices:
            return ""  # the piece with the usage
        choice = _mapping(choices[0], "its choice")
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta = _mapping(choice.get("delta") or {}, "the delta of the choice")
        for call in _list(delta.get("tool_calls"), "tool_calls"):
            self._add_call(_mapping(call, "a tool call"))
        refused = _text(delta.get("refusal"))
        if refused is not None:
            self.refused = (self.refused or "") + refused
        text = _text(delta.get("content"))
        if text is not None:
            self.text = (self.text or "") + text
        return text or refused or ""

    def _add_call(self, call: Mapping[str, Any]) -> None:
        index = call.get("index")
        if not isinstance(index, int):  # some servers send each call whole, without an index
            index = len(self.calls)
        known = self.calls.setdefault(index, _Call())
        function = _mapping(call.get("function") or {}, "a tool call's function")
        known.id = known.id or call.get("id")
        known.name = known.name or function.get("name")
        known.arguments.append(_arguments(function.get("arguments")))

    def note(self, answer: Mapping[str, Any]) -> None:
        """Take usage and model name from an answer or a piece, if it has them."""
        usage = answer.get("usage")
        if isinstance(usage, Mapping):
            self.usage = Usage(*_counts(usage, ("prompt_tokens", "completion_tokens")))
        model = answer.get("model")
        if isinstance(model, str) and model:
            self.model = model

    def completion(self) -> Completion:
        """Return the whole answer.

        Raises:
            ValueError: it has neither text nor tool calls.
        """
        calls = tuple(self.calls[index].whole(index) for index in sorted(self.calls))
        reason = self.finish_reason if isinstance(self.finish_reason, str) else "stop"
        if self.refused and not self.text:
            return Completion(self.refused, calls, "content_filter", self.usage, self.model)
        if self.text is None and not calls:
            more = ": it reached max_tokens before it said a word" if reason == "length" else ""
            raise ValueError(f"it has neither text nor tool calls (finish reason {reason!r}){more}")
        if calls and reason in ("stop", "function_call"):
            reason = "tool_calls"  # OpenAI's own reason; some servers send another
        return Completion(self.text or "", calls, reason, self.usage, self.model)


def _counts(usage: Mapping[str, Any], names: Iterable[str]) -> list[int]:
    values = [usage.get(name) for name in names]
    return [value if isinstance(value, int) else 0 for value in values]
