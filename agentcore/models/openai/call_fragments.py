"""Tool calls that are put together of the fragments of a stream.

By the specification the ``index`` says which call a fragment belongs to, and ``id`` and ``name``
stand in its first one. Servers differ: some number all calls 0, or none; some repeat id and name in
each fragment, or make up a new id for each; some send calls whole. So a fragment begins a call if
it has another name, or another id when the call before is complete.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.models.openai.fields import merged, unknown_fields
from agentcore.protocol.model_api import ToolCall

__all__ = ["CallFragments"]

_OF_CALL = frozenset({"id", "type", "function", "index", "name", "arguments", "parameters"})
_OF_FUNCTION = frozenset({"name", "arguments", "parameters", "description", "strict"})


@attrs.frozen
class _Fragment:
    """A fragment of a call as a server sent it, with texts in place of whatever it has."""

    index: int | None
    id: str
    name: str
    arguments: str
    extra: dict[str, Any]
    is_none: bool = False

    @classmethod
    def of(cls, call: Any) -> _Fragment:
        if not isinstance(call, Mapping):  # the model is told that it named no tool
            return cls(None, "", "", json.dumps(call, default=str), {}, is_none=True)
        function = call.get("function")
        if isinstance(function, str):
            function = {"name": function}
        inner = function if isinstance(function, Mapping) else {}
        extra = unknown_fields(call, _OF_CALL)
        of_function = unknown_fields(inner, _OF_FUNCTION)
        if of_function:
            extra["function"] = of_function
        arguments = _first(inner, call, "arguments", "parameters")
        return cls(
            _index(call.get("index")),
            "" if call.get("id") == "null" else _text(call.get("id")),  # as Mistral had it
            _text(_first(inner, call, "name")),
            arguments if isinstance(arguments, str) else _json(arguments),
            extra,
        )


@attrs.define
class _Call:
    """A tool call whose pieces are being collected."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    extra: dict[str, Any] = attrs.field(factory=dict)
    index: int | None = None

    def is_ended_by(self, fragment: _Fragment, of_one_piece: bool) -> bool:
        """Return whether a fragment that could go on with this call begins another."""
        other_id = bool(fragment.id and self.id and fragment.id != self.id)
        if not fragment.name or not self.name:
            return other_id and self.is_complete() and bool(fragment.arguments.strip())
        if fragment.name != self.name:
            return other_id or bool(self.arguments.strip()) or of_one_piece
        if fragment.id and fragment.id == self.id:  # repeated, or one id for several whole calls
            begun, added = self.arguments.strip(), fragment.arguments.strip()
            return begun not in (added, "{}") and self.is_complete() and _is_json(added)
        return self.is_complete() and (other_id or bool(fragment.arguments.strip()))

    def take(self, fragment: _Fragment) -> None:
        self.id = self.id or fragment.id
        if fragment.name != self.name:
            self.name += fragment.name  # the rest of a name, if it is not repeated
        self.arguments += fragment.arguments
        self.extra = merged(self.extra, fragment.extra)

    def is_complete(self) -> bool:
        """Return whether the arguments are JSON as they are, so that nothing can follow."""
        return _is_json(self.arguments.strip())

    def whole(self) -> ToolCall:
        id = self.id or f"call_{uuid.uuid4().hex[:12]}"
        return ToolCall(id, self.name, _said_once(self.arguments) or "{}", extra=self.extra)


@attrs.define
class CallFragments:
    """The tool calls of one answer, in the order in which they were begun."""

    calls: list[_Call] = attrs.field(factory=list)
    _by_index: dict[int, _Call] = attrs.field(factory=dict)
    _by_id: dict[str, _Call] = attrs.field(factory=dict)

    def add(self, fragments: list[Any]) -> None:
        """Add the fragments of one piece of the stream."""
        touched: list[_Call] = []
        for each in fragments:
            fragment = _Fragment.of(each)
            call = self._call_of(fragment, touched)
            call.take(fragment)
            touched.append(call)

    def add_whole(self, calls: list[Any]) -> None:
        """Add the calls of a message, each whole; those that are known already are passed over."""
        before = list(self.calls)
        named = {call.id: call for call in before if call.id}
        for position, each in enumerate(calls):
            fragment = _Fragment.of(each)
            known = named.get(fragment.id)
            if known is None and not fragment.id and position < len(before):
                known = before[position]
            if known is None or known.name != fragment.name:
                self._begin(fragment).take(fragment)
            else:
                known.arguments = fragment.arguments or known.arguments
                known.extra = {**known.extra, **fragment.extra}

    def whole(self) -> tuple[ToolCall, ...]:
        """Return the calls."""
        return tuple(call.whole() for call in self.calls)

    def _call_of(self, fragment: _Fragment, touched: list[_Call]) -> _Call:
        call = self._candidate(fragment)
        of_one_piece = any(call is each for each in touched)
        if call is None or fragment.is_none or call.is_ended_by(fragment, of_one_piece):
            return self._begin(fragment)
        return call

    def _candidate(self, fragment: _Fragment) -> _Call | None:
        """Return the call that a fragment goes on with, unless it begins one of its own."""
        last = self.calls[-1] if self.calls else None
        named = self._by_id.get(fragment.id) if fragment.id else None
        if fragment.index is None:
            return named or last
        if named is not None and named.index == fragment.index:
            return named
        placed = self._by_index.get(fragment.index) or named
        if placed is None and last and not (fragment.id or fragment.name or last.is_complete()):
            return last
        return placed

    def _begin(self, fragment: _Fragment) -> _Call:
        call = _Call(index=fragment.index)
        self.calls.append(call)
        if fragment.index is not None:
            self._by_index[fragment.index] = call
        if fragment.id:
            self._by_id[fragment.id] = call
        return call


def _is_json(text: str) -> bool:
    if not text.endswith(("}", "]", '"')):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _first(inner: Mapping[str, Any], outer: Mapping[str, Any], *keys: str) -> Any:
    values = (each.get(key) for each in (inner, outer) for key in keys)
    return next((value for value in values if value is not None), None)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _index(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        return None


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _said_once(arguments: str) -> str:
    """Return arguments that a server sent twice, or after ``{}``, once; others as they are."""
    text = arguments.strip()
    if not text.startswith("{") or "}{" not in text.replace(" ", "").replace("\n", ""):
        return arguments
    values, place = [], 0
    decoder = json.JSONDecoder()
    try:
        while place < len(text):
            value, end = decoder.raw_decode(text, place)
            values.append((value, text[place:end]))
            place = end + len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError):
        return arguments
    telling = [(value, said) for value, said in values if value != {}]
    if telling and all(value == telling[0][0] for value, _ in telling):
        return telling[0][1]
    return arguments
