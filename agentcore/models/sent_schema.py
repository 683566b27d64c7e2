"""A JSON schema as model servers take it, and whether their strict mode does.

The schema of a tool's parameters may be whatever JSON Schema allows, and a server refuses the whole
request for a part that it does not know. So it is sent with less in it than it says: a model that
does not keep to the rest is told by the check of its arguments, which is by the schema itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from agentcore.base.schema_parts import (
    listed,
    named,
    plain,
    pointed_at,
    remembered,
    with_subschemas,
)
from agentcore.models.valid_keywords import valid_keywords

__all__ = ["sent_parameters"]

_DEFS: Final = "#/$defs/"
_UNIONS: Final = ("anyOf", "oneOf")
# What is not sent: at any place, and beside it at the top.
_NOWHERE: Final = frozenset(
    {
        "$anchor",
        "$comment",
        "$defs",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$schema",
        "$vocabulary",
        "definitions",
        "dependencies",
        "discriminator",
        "nullable",
    }
)
_NOT_ON_TOP: Final = frozenset({"$ref", "allOf", "anyOf", "const", "enum", "not", "oneOf"})
_WORDS: Final = frozenset({"default", "deprecated", "description", "examples", "title"})
_CLOSED: Final = frozenset({"additionalProperties", "unevaluatedProperties"})  # may be booleans


@remembered
def sent_parameters(schema: Any) -> dict[str, Any]:
    """Return the schema of a tool's parameters as strict servers take it.

    It is of type object and has ``properties``, as every object in it; every array has ``items``.
    Unions and the like at the top are taken out, and their fields merged: a field is required if
    all branches require it. References lead to ``$defs``, and those that lead nowhere demand
    nothing. ``nullable`` is written as a type, and ``true`` as ``{}``. It is made once for equal
    schemas, since each request has those of all tools: do not change it.

    Args:
        schema: the JSON schema, which is not changed.
    """
    return _Sending(plain(schema)).whole()


class _Sending:
    """The making of one schema that is sent."""

    def __init__(self, root: Any) -> None:
        self._root = root if isinstance(root, dict) else {}
        self._names: dict[int, str] = {}  # of what is referred to, by identity
        self._waiting: list[tuple[str, Any]] = []  # definitions that are still to be made

    def whole(self) -> dict[str, Any]:
        merged = self._merged(self._root, ())
        made = self._object({"type": "object", **self._parts({**merged, "type": "object"})})
        definitions = {}
        while self._waiting:
            name, target = self._waiting.pop()
            definitions[name] = self._sent(target)
        return {**made, "$defs": definitions} if definitions else made

    def _sent(self, node: Any) -> Any:
        if node is False:
            return {"not": {}}
        if not isinstance(node, dict):
            return {}
        made = self._array(self._object(self._parts(node)))
        if "$ref" in node:
            made.pop("$ref", None)
            made = {**self._reference(node["$ref"]), **made}
            if made.keys() & {"$ref"} and made.keys() <= _WORDS | {"$ref"} and len(made) > 1:
                made = {"anyOf": [{"$ref": made.pop("$ref")}], **made}
        return _with_null(made) if node.get("nullable") is True else made

    def _parts(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Copy a schema with all schemas in it as they are sent."""
        kept = {key: value for key, value in node.items() if key not in _NOWHERE}
        fields = kept.get("properties")
        if isinstance(fields, dict):
            kept["properties"] = {name: each for name, each in fields.items() if each is not False}
        elif "properties" in kept:
            del kept["properties"]
        if isinstance(kept.get("items"), list):  # as before draft 2020-12
            kept["prefixItems"] = kept.pop("items")
            kept["items"] = kept.pop("additionalItems", {})
        if kept.get("items") is False:
            kept["items"] = {}
        kept = valid_keywords(kept)
        closed = frozenset(key for key in _CLOSED if isinstance(kept.get(key), bool))
        return with_subschemas(kept, self._sent, closed)

    def _object(self, made: dict[str, Any]) -> dict[str, Any]:
        if "properties" in made and not made.keys() & {"type", "$ref", *_UNIONS, "allOf"}:
            made["type"] = "object"
        if "object" in _types(made):
            made.setdefault("properties", {})
        if not isinstance(made.get("required", []), list):
            del made["required"]
        if "properties" in made and "required" in made:
            names = [name for name in made["required"] if isinstance(name, str)]
            made["properties"] |= {name: {} for name in names if name not in made["properties"]}
            made["required"] = names
        return made

    def _array(self, made: dict[str, Any]) -> dict[str, Any]:
        if "array" in _types(made):
            made.setdefault("items", {})
        return made

    def _reference(self, reference: Any) -> dict[str, Any]:
        target = self._target(reference)
        if not isinstance(target, dict):
            return {}
        if target is self._root:
            return {"$ref": "#"}
        if id(target) not in self._names:
            last = str(reference).rpartition("/")[2]
            name = _fresh(re.sub(r"[^A-Za-z0-9_-]", "_", last) or "type", self._names.values())
            self._names[id(target)] = name
            self._waiting.append((name, target))
        return {"$ref": _DEFS + self._names[id(target)]}

    def _target(self, reference: Any) -> Any:
        """Return what a reference leads to, through others; ``None`` if it leads nowhere."""
        seen: set[str] = set()
        base = self._root.get("$id")
        while isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            if isinstance(base, str):
                reference = reference.removeprefix(base.rstrip("#")) or "#"
            try:
                target = pointed_at(self._root, reference)
            except LookupError:
                return None
            if not isinstance(target, dict) or target.keys() - _NOWHERE != {"$ref"}:
                return target
            reference = target["$ref"]
        return None  # in a circle, or no reference

    # --- the top -------------------------------------------------------------------------------

    def _merged(self, node: Any, above: tuple[int, ...]) -> dict[str, Any]:
        """Merge a schema with all that it refers to and is combined of."""
        if not isinstance(node, dict) or id(node) in above:
            return {}
        above = (*above, id(node))
        made = {key: value for key, value in node.items() if key not in _NOT_ON_TOP}
        if "$ref" in node:
            made = _both(made, self._merged(self._target(node["$ref"]), above))
        for part in listed(node, "allOf"):
            made = _both(made, self._merged(part, above))
        for union in _UNIONS:
            branches = [self._merged(each, above) for each in listed(node, union)]
            if branches:
                made = _both(made, _either(branches))
        return made


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Merge two schemas of objects, both of which hold."""
    made = {**other, **one}
    for keyword in ("properties", "patternProperties"):
        fields = dict(named(one, keyword))
        for name, field in named(other, keyword).items():
            same = name not in fields or fields[name] == field
            fields[name] = field if same else {"allOf": [fields[name], field]}
        if fields:
            made[keyword] = fields
    required = [*listed(one, "required"), *listed(other, "required")]
    if required:
        made["required"] = required  # `valid_keywords` leaves each out but once
    return made


def _either(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge schemas of objects of which one holds, so that whatever fits one fits the result."""
    found: dict[str, list[Any]] = {}
    for branch in branches:
        for name, field in named(branch, "properties").items():
            if field not in found.setdefault(name, []):
                found[name].append(field)
    made: dict[str, Any] = {"properties": {name: _any_of(each) for name, each in found.items()}}
    first, *others = (listed(branch, "required") for branch in branches)
    required = [name for name in first if all(name in each for each in others)]
    if required:
        made["required"] = required
    closed = (branch.get("additionalProperties") is False for branch in branches)
    if all(closed) and not any("patternProperties" in branch for branch in branches):
        made["additionalProperties"] = False
    return made


def _any_of(fields: list[Any]) -> Any:
    if len(fields) == 1:
        return fields[0]
    if all(isinstance(field, dict) and "const" in field for field in fields):  # a tag
        shared = {key: value for key, value in fields[0].items() if key == "type"}
        same = all(field.get("type") == shared.get("type") for field in fields)
        return {**(shared if same else {}), "enum": [field["const"] for field in fields]}
    return {"anyOf": fields}


def _types(schema: dict[str, Any]) -> list[Any]:
    found = schema.get("type", [])
    return found if isinstance(found, list) else [found]


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Write ``nullable`` of OpenAPI as JSON Schema does."""
    types = _types(schema)
    simple = bool(types) and not schema.keys() & {"$ref", "allOf", "const", "not", *_UNIONS}
    if simple:
        made = {**schema, "type": types if "null" in types else [*types, "null"]}
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            made["enum"] = [*schema["enum"], None]
        return made
    if not schema:
        return {}
    words = {key: value for key, value in schema.items() if key in _WORDS}
    rest = {key: value for key, value in schema.items() if key not in _WORDS}
    branches = rest["anyOf"] if rest.keys() == {"anyOf"} else [rest]
    return {**words, "anyOf": [*branches, {"type": "null"}]}


def _fresh(name: str, taken: Iterable[str]) -> str:
    known = set(taken)
    numbered = (f"{name}_{number}" for number in range(2, len(known) + 3))
    return name if name not in known else next(each for each in numbered if each not in known)
