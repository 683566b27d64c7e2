"""Arguments that nearly fit a JSON schema, mended where only one thing can be meant.

A model that is told of such a miss needs another round to say the same again. So a value that does
not fit is mended in the ways below, and the mended one is used if it fits the whole schema. A value
that fits stays as it is, but for ``3.0`` where an integer is wanted, which becomes ``3``.

- ``null`` for a field that may be left out, and not be null, is left out.
- A number, a boolean, a list or an object given as a text is read where the schema wants one.
- A number or a boolean becomes a text where the schema wants one, as for a ZIP code.
- An element that is given again where each may stand once, as in a set, is left out.
- A value of an enumeration is found in spite of case, spaces and quotation marks around it.

One value is not made a list of one: whether a text is one element or several, separated by commas,
cannot be known.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from agentcore.base.json_text import json_value
from agentcore.base.schema_parts import listed, named, plain, pointed_at
from agentcore.base.written_json import read_nearly, readings
from agentcore.tools.checker import checker_of, frames_left
from agentcore.tools.objection import objection

__all__ = ["fitting_arguments", "mended", "settled"]

_STEPS: Final = 20_000  # schemas that are looked at in mending one value, so that it is quick
_CHECK: Final = 20  # steps that a check costs
_RESERVE: Final = 300  # frames that are left free
_FRAMES: Final = 5  # for one schema within another
_WORDS: Final = {"true": True, "false": False, "null": None, "none": None}
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_HOLDERS: Final = ("arguments", "parameters", "args", "kwargs", "params", "input", "properties")
_BESIDE: Final = frozenset(
    {"function", "id", "name", "recipient_name", "tool", "tool_name", "type"}
)


def fitting_arguments(text: str, schema: Any, tool_name: str) -> dict[str, Any]:
    """Return the arguments that a model wrote for a call, mended if they only nearly fit.

    Args:
        text: the arguments, as the model wrote them.
        schema: the JSON schema of the tool's parameters.
        tool_name: the name of the tool.

    Raises:
        ValueError: they do not fit. The text, for the model, is about them as they were written.
        ExtraMissingError: jsonschema is not installed.
    """
    complaint: str | None = None
    for reading in readings(text):
        for value in (reading, *_unwrapped(reading, tool_name)):
            wrong = _wrong(value, schema)
            if wrong is None:
                return settled(value, schema)  # type: ignore[no-any-return]
            better = mended(value, schema)
            if _wrong(better, schema) is None:
                return better  # type: ignore[no-any-return]
            if complaint is None and isinstance(value, dict):
                complaint = wrong
    if complaint is None:
        complaint = _wrong(json_value(text), schema) or "arguments must be an object"
    raise ValueError(complaint)


def _wrong(value: Any, schema: Any) -> str | None:
    if not isinstance(value, dict):
        return objection(value, {"type": "object"}, "arguments")
    return objection(value, schema, "arguments")


def mended(value: Any, schema: Any) -> Any:
    """Return a value as its JSON schema wants it, as far as it can be mended without a guess.

    Whether it fits then is for `objection` to say. The value itself is not changed.
    """
    return _Mending(schema).of(value)


def settled(value: Any, schema: Any) -> Any:
    """Return a value that fits a JSON schema with each ``3.0`` as ``3`` where it is an integer."""
    try:
        made = mended(value, schema) if _has_whole(value) else value
        return made if made == value else value
    except RecursionError:
        return value


def _unwrapped(value: Any, tool_name: str) -> Iterator[Any]:
    """Yield the arguments that stand within others, as in ``{"name": ..., "arguments": {...}}``."""
    for _ in range(3):
        if not isinstance(value, dict):
            return
        if isinstance(value.get("function"), dict) and value.keys() <= _BESIDE:
            value = value["function"]
        holders = value.keys() & set(_HOLDERS)
        names = [value[key] for key in ("name", "tool", "tool_name", "function") if key in value]
        same = all(str(name).rpartition(".")[2] == tool_name for name in names)
        if len(holders) != 1 or value.keys() - holders - _BESIDE or not same:
            return  # or else these are the arguments of another tool
        value = value[holders.pop()]
        if isinstance(value, str):
            try:
                value = read_nearly(value)
            except ValueError:
                return
        yield value


class _Mending:
    """The mending of one value by one schema."""

    def __init__(self, schema: Any) -> None:
        self._root = plain(schema)
        self._checker = checker_of(schema)
        self._steps = 0
        self._deepest = (frames_left() - _RESERVE) // _FRAMES
        self._open: set[tuple[int, int]] = set()  # the schemas above, and the values they are for

    def of(self, value: Any) -> Any:
        return self._mend(value, self._root, 0)

    def _fits(self, value: Any, schema: Any) -> bool:
        self._steps += _CHECK
        return next(iter(self._checker.descend(value, schema)), None) is None

    def _mend(self, value: Any, schema: Any, depth: int) -> Any:
        self._steps += 1
        if not isinstance(schema, dict) or self._steps > _STEPS or depth > self._deepest:
            return value
        place = (id(schema), id(value))
        if place in self._open:  # a reference that leads back
            return value
        self._open.add(place)
        try:
            return self._by(schema, value, depth)
        finally:
            self._open.discard(place)

    def _by(self, schema: dict[str, Any], value: Any, depth: int) -> Any:
        if "$ref" in schema:
            with contextlib.suppress(LookupError):
                value = self._mend(value, pointed_at(self._root, schema["$ref"]), depth + 1)
        for part in listed(schema, "allOf"):
            value = self._mend(value, part, depth + 1)
        value = self._in_branch(value, schema, depth)
        value = self._of_kind(value, schema)
        value = _chosen(value, schema)
        if isinstance(value, dict):
            return self._fields(value, schema, depth)
        if isinstance(value, list):
            return self._elements(value, schema, depth)
        return value

    def _in_branch(self, value: Any, schema: dict[str, Any], depth: int) -> Any:
        """Mend a value by the branch of a union that it fits, or else by the first that it can."""
        branches = listed(schema, "anyOf") or listed(schema, "oneOf")
        fitting = [branch for branch in branches if self._fits(value, branch)]
        for branch in fitting or branches:
            made = self._mend(value, branch, depth + 1)
            if self._fits(made, branch):
                return made
        return value

    def _of_kind(self, value: Any, schema: dict[str, Any]) -> Any:
        kinds = schema.get("type")
        named = [kinds] if isinstance(kinds, str) else listed(schema, "type")
        wanted = {kind for kind in named if isinstance(kind, str)}
        if "const" in schema or "enum" in schema:
            return value  # `_chosen` knows more
        if _is_whole(value) and "integer" in wanted and "number" not in wanted:
            return int(value)
        if not wanted or any(_is_kind(value, kind) for kind in wanted):
            return value
        if schema.get("nullable") is True:
            wanted.add("null")
        if isinstance(value, str):
            return _read_as(value, wanted)
        if isinstance(value, bool | int | float) and "string" in wanted:
            return json.dumps(value)
        return value

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = listed(schema, "required")
        made = {}
        for name, inner in value.items():
            own = _schema_of_field(schema, name)
            better = self._mend(inner, own, depth + 1)
            optional = name in named(schema, "properties") and name not in required
            if better is not None or not optional or self._fits(None, own):
                made[name] = better
        return made

    def _elements(self, value: list[Any], schema: dict[str, Any], depth: int) -> list[Any]:
        items = schema.get("items", {})
        first = items if isinstance(items, list) else listed(schema, "prefixItems")
        own = [*first, *[items] * (len(value) - len(first))]
        made = [self._mend(each, by, depth + 1) for each, by in zip(value, own, strict=False)]
        if schema.get("uniqueItems") is True:  # as of a set
            with contextlib.suppress(RecursionError):
                made = list({json.dumps(each, sort_keys=True): each for each in made}.values())
        return made


def _schema_of_field(schema: dict[str, Any], name: str) -> Any:
    fields, patterns = (named(schema, key) for key in ("properties", "patternProperties"))
    if name in fields:
        return fields[name]
    for pattern, inner in patterns.items():
        try:
            if re.search(pattern, name):
                return inner
        except re.error:
            continue
    return schema.get("additionalProperties") or {}


def _is_kind(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return bool(kind == "boolean")
    if kind == "integer" and _is_whole(value):
        return True
    return isinstance(value, _KINDS.get(kind, object))


def _has_whole(value: Any) -> bool:
    found = [value]
    for each in found:  # which grows
        if isinstance(each, dict | list):
            found.extend(each.values() if isinstance(each, dict) else each)
    return any(map(_is_whole, found))


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def _read_as(text: str, wanted: set[Any]) -> Any:
    """Read a text as a value of one of the kinds that are wanted; else it stays a text."""
    read: Any = text
    for _ in range(3):  # it may have been encoded more than once
        if not isinstance(read, str):
            break
        word = read.strip().lower()
        try:
            read = _WORDS[word] if word in _WORDS else read_nearly(read)
        except ValueError:
            return text
    if _is_whole(read) and "number" not in wanted and "integer" in wanted:
        read = int(read)
    # null is given back also where it is not wanted: if the field is optional, it is left out.
    return read if read is None or any(_is_kind(read, kind) for kind in wanted) else text


def _chosen(value: Any, schema: dict[str, Any]) -> Any:
    """Return the one value of an enumeration that is written as the given one, but for its form."""
    choices = [schema["const"]] if "const" in schema else listed(schema, "enum")
    if not choices or any(value == one and _alike(value, one) for one in choices):
        return int(value) if _is_whole(value) and int in map(type, choices) else value
    if not isinstance(value, str | bool | int | float):
        return value
    scalars = [one for one in choices if isinstance(one, str | bool | int | float | None)]
    found = [one for one in scalars if _form(one) == _form(value)]
    return found[0] if len(found) == 1 else value


def _alike(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool)


def _form(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.strip().strip("\"'").strip().casefold()
