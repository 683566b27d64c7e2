"""Whether a JSON schema keeps the rules that OpenAI has for ``strict: true``.

A server refuses a request with a schema that breaks one of them. So a keyword is allowed if the
page on structured outputs names it, and is not allowed just because none forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from agentcore.base.schema_parts import pointed_at, remembered, subschemas

__all__ = ["is_strict"]

_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_FORMATS: Final = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"}
)
_KEYWORDS: Final = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "definitions",
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "multipleOf",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    }
)
_LEVELS: Final = 10  # of objects in each other
_PROPERTIES: Final = 5000
_CHOICES: Final = 1000
_CHARACTERS: Final = 120_000  # of all names and choices
_LONG_ENUM: Final = (250, 15_000)  # an enumeration of more values may have so many characters


@remembered
def is_strict(schema: Any) -> bool:
    """Return whether a JSON schema may be sent with ``strict: true``.

    The root is an object and no union. Every object is closed and requires all its fields. A
    reference has no keyword beside it, and leads somewhere. There are only such types, keywords and
    formats as the rules name, and no more than they allow.

    Args:
        schema: the JSON schema, as `sent_parameters` makes it.
    """
    if not isinstance(schema, Mapping) or schema.get("type") != "object" or "anyOf" in schema:
        return False
    try:
        every = list(_every(schema, 1))
    except RecursionError:
        return False
    return all(_keeps_rules(each, schema) for each, _ in every) and _within_limits(every)


def _every(schema: Any, level: int) -> Iterator[tuple[Any, int]]:
    """Give a schema and those in it, each with the number of objects that it is in."""
    yield schema, level
    if isinstance(schema, Mapping):
        # `additionalProperties` must be false, and is no schema here.
        rest = {key: value for key, value in schema.items() if key != "additionalProperties"}
        for inner in subschemas(rest):
            deeper = isinstance(inner, Mapping) and inner.get("type") == "object"
            yield from _every(inner, level + deeper)


def _keeps_rules(schema: Any, root: Mapping[str, Any]) -> bool:
    if not isinstance(schema, Mapping) or schema.keys() - _KEYWORDS:
        return False
    if "$ref" in schema:
        return len(schema) == 1 and _leads_somewhere(schema["$ref"], root)
    types = schema.get("type")
    types = set(types) if isinstance(types, list) else {types} if types is not None else set()
    if not types <= _TYPES or not (types or schema.keys() & {"anyOf", "const", "enum"}):
        return False
    if "array" in types and "items" not in schema:
        return False
    if "object" in types or "properties" in schema:
        fields, required = schema.get("properties", {}), schema.get("required", [])
        if schema.get("additionalProperties") is not False or set(fields) != set(required):
            return False
    return schema.get("format", "date") in _FORMATS


def _leads_somewhere(reference: Any, root: Mapping[str, Any]) -> bool:
    try:
        return isinstance(pointed_at(root, reference), Mapping)
    except LookupError:
        return False


def _within_limits(every: list[tuple[Mapping[str, Any], int]]) -> bool:
    names: list[str] = []
    choices = 0
    for schema, level in every:
        if level > _LEVELS:
            return False
        names += [
            name for key in ("properties", "$defs", "definitions") for name in schema.get(key, {})
        ]
        values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
        texts = [value for value in values if isinstance(value, str)]
        choices += len(values)
        if len(values) > _LONG_ENUM[0] and sum(map(len, texts)) > _LONG_ENUM[1]:
            return False
        names += texts
    fields = sum(len(schema.get("properties", ())) for schema, _ in every)
    within = fields <= _PROPERTIES and choices <= _CHOICES
    return within and sum(map(len, names)) <= _CHARACTERS
