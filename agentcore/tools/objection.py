"""What is wrong with a value, by a JSON schema, in words for a model.

It imports no optional package, because tools with a schema of their own, as those of MCP servers,
work without the extra ``tools``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["objection"]

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_WORDS: Final = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def objection(
    value: Any, schema: Any, definitions: Mapping[str, Any], path: str = "$"
) -> str | None:
    """Check the structure of a value against a JSON schema.

    It checks types, fields, elements and enumerations. Bounds and formats are left to `convert`.

    Args:
        value: the value, as `json` returns it.
        schema: the JSON schema.
        definitions: the schemas that ``#/$defs/...`` refers to.
        path: the place of the value, as ``$.items[0]``.

    Returns:
        what is wrong, in words for the model, with the path; ``None`` if nothing is.
    """
    if not isinstance(schema, Mapping):
        return f"{path}: nothing may stand here" if schema is False else None
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = definitions.get(reference.rpartition("/")[2], {})
        found = objection(value, target, definitions, path)
        if found:
            return found
    return (
        _wrong_kind(value, schema, path)
        or _wrong_choice(value, schema, path)
        or _wrong_branch(value, schema, definitions, path)
        or _wrong_fields(value, schema, definitions, path)
        or _wrong_elements(value, schema, definitions, path)
    )


def _wrong_kind(value: Any, schema: Mapping[str, Any], path: str) -> str | None:
    wanted = _kinds_of(schema)
    if not wanted or any(_is_kind(value, kind) for kind in wanted):
        return None
    words = " or ".join(_WORDS.get(kind, kind) for kind in wanted)
    return f"{path} must be {words}, not {_shown(value)}"


def _kinds_of(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _is_kind(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS.get(kind, (object,)))


def _wrong_choice(value: Any, schema: Mapping[str, Any], path: str) -> str | None:
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is None or any(value == one and type(value) is type(one) for one in choices):
        return None
    words = ", ".join(_shown(one) for one in choices)
    one_of = "one of " if len(choices) > 1 else ""
    return f"{path} must be {one_of}{words}, not {_shown(value)}"


def _wrong_branch(
    value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str
) -> str | None:
    for part in schema.get("allOf", ()):
        found = objection(value, part, definitions, path)
        if found:
            return found
    branches = schema.get("anyOf") or schema.get("oneOf")
    if not branches:
        return None
    objections = [objection(value, branch, definitions, path) for branch in branches]
    if None in objections:
        return None
    said = [each for each in objections if each]
    # If a branch has the right type and only a part of it is wrong, that part is the fault.
    inner = [each for each in said if not each.startswith(f"{path} must be")]
    return inner[0] if len(inner) == 1 else "; or ".join(dict.fromkeys(inner or said))


def _wrong_fields(
    value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str
) -> str | None:
    if not isinstance(value, dict):
        return None
    fields = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{path}: the field {name!r} is missing"
    more = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name not in fields and more is False and "patternProperties" not in schema:
            known = ", ".join(map(repr, fields)) or "none"
            return f"{path}: there is no field {name!r}; the fields are: {known}"
        found = objection(inner, fields.get(name, more), definitions, f"{path}.{name}")
        if found:
            return found
    return None


def _wrong_elements(
    value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str
) -> str | None:
    if not isinstance(value, list):
        return None
    first = schema.get("prefixItems", [])
    if len(value) < schema.get("minItems", 0):
        return f"{path} must have {schema['minItems']} elements or more, not {len(value)}"
    if len(value) > schema.get("maxItems", len(value)):
        return f"{path} must have {schema['maxItems']} elements at most, not {len(value)}"
    for index, element in enumerate(value):
        inner = first[index] if index < len(first) else schema.get("items", {})
        found = objection(element, inner, definitions, f"{path}[{index}]")
        if found:
            return found
    return None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
