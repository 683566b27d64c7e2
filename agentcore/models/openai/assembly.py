"""An answer that is put together, of the pieces of a stream or of one message.

Compatible servers differ in details, so answers are read leniently. An answer that cannot be read
is a ``ValueError`` whose text says what is wrong with it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from agentcore.protocol.model_api import Completion, ToolCall, Usage

__all__ = ["Assembly", "Call", "a_list", "a_mapping", "arguments_of", "shown", "text_of"]


def arguments_of(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def text_of(content: Any) -> str | None:
    """Return the text of a content, which some servers send in parts."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    raise ValueError(f"its content is {shown(content)}")


def a_mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is {shown(value)}")
    return value


def a_list(value: Any, what: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{what} is {shown(value)}")
    return value or []


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


@attrs.define
class Call:
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
    calls: dict[int, Call] = attrs.field(factory=dict)
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
        chunk = a_mapping(chunk, "a piece of the answer")
        self.note(chunk)
        choices = a_list(chunk.get("choices"), "choices")
        if not choices:
            return ""  # the piece with the usage
        choice = a_mapping(choices[0], "its choice")
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        delta = a_mapping(choice.get("delta") or {}, "the delta of the choice")
        for call in a_list(delta.get("tool_calls"), "tool_calls"):
            self._add_call(a_mapping(call, "a tool call"))
        refused = text_of(delta.get("refusal"))
        if refused is not None:
            self.refused = (self.refused or "") + refused
        text = text_of(delta.get("content"))
        if text is not None:
            self.text = (self.text or "") + text
        return text or refused or ""

    def _add_call(self, call: Mapping[str, Any]) -> None:
        index = call.get("index")
        if not isinstance(index, int):  # some servers send each call whole, without an index
            index = len(self.calls)
        known = self.calls.setdefault(index, Call())
        function = a_mapping(call.get("function") or {}, "a tool call's function")
        known.id = known.id or call.get("id")
        known.name = known.name or function.get("name")
        known.arguments.append(arguments_of(function.get("arguments")))

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
