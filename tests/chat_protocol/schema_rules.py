"""The rules of strict servers for schemas: of a tool's parameters, and of a strict answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from jsonschema.validators import Draft202012Validator

__all__ = ["parameter_problems", "strict_problems"]


def parameter_problems(schema: Any, where: str) -> Iterator[str]:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield f"{where}: must be of type object"
        return
    for key in schema.keys() & {"anyOf", "oneOf", "allOf", "not", "enum"}:
        yield f"{where}: {key} is not allowed at the top"
    yield from _of_schema(schema, where)
    yield from (f"{where}: {error.message}" for error in _JSON_SCHEMA.iter_errors(schema))


_JSON_SCHEMA: Final = Draft202012Validator(
    Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
)


def _of_schema(schema: Any, where: str) -> Iterator[str]:
    """Say what servers that read schemas refuse: objects without fields, arrays without items."""
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _of_schema(each, f"{where}[{index}]")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and not isinstance(schema.get("properties"), dict):
        yield f"{where}: an object without properties"
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{where}: an array without items"
    for key, value in schema.items():
        if key in ("properties", "$defs", "definitions", "patternProperties"):
            for name, inner in value.items():
                yield from _of_schema(inner, f"{where}.{name}")
        elif key not in ("enum", "const", "default", "examples"):
            yield from _of_schema(value, f"{where}.{key}")


_FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
_NOT_STRICT: Final = frozenset(
    {
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "prefixItems",
        "uniqueItems",
        "patternProperties",
        "dependentRequired",
        "dependentSchemas",
        "contains",
        "minContains",
        "maxContains",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
    }
)


def strict_problems(schema: Any, where: str, root: bool = False) -> Iterator[str]:
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from strict_problems(each, f"{where}[{index}]")
    if not isinstance(schema, dict):
        return
    if root and (schema.get("type") != "object" or "anyOf" in schema):
        yield f"{where}: the root must be an object, and no anyOf"
    if "$ref" in schema and len(schema.keys() - {"$defs", "definitions"}) > 1:
        yield f"{where}: keywords beside $ref"
    for key in schema.keys() & _NOT_STRICT:
        yield f"{where}: strict mode knows no {key}"
    if schema.get("format", "date") not in _FORMATS:
        yield f"{where}: strict mode knows no format {schema['format']!r}"
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            yield f"{where}: additionalProperties must be false"
        if set(schema.get("properties") or ()) != set(schema.get("required") or ()):
            yield f"{where}: all properties must be required"
    for key, value in schema.items():
        if key in ("properties", "$defs", "definitions"):
            for name, inner in value.items():
                yield from strict_problems(inner, f"{where}.{name}")
        elif key not in ("enum", "const", "default", "examples", "required"):
            yield from strict_problems(value, f"{where}.{key}")
