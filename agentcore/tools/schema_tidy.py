"""Schemas made fit for models: closed objects, no titles, short names, texts at the fields."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from agentcore.base.extras import import_extra

__all__ = ["DEFS", "tidied", "used_definitions"]

DEFS: Final = "#/$defs/"


def tidied(
    schemas: list[dict[str, Any]], definitions: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Close objects, remove titles, and shorten the names of definitions.

    Args:
        schemas: schemas as msgspec and pydantic make them.
        definitions: the definitions that they refer to, by full names.

    Returns:
        the new schemas, and the new definitions by short names.
    """
    names = _short_names(definitions)
    tidy = functools.partial(_tidy, names=names)
    return [tidy(each) for each in schemas], {
        names[name]: tidy(each) for name, each in definitions.items()
    }


def _short_names(definitions: dict[str, Any]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in definitions:
        short = re.sub(r"[^A-Za-z0-9_-]", "_", name.rpartition(".")[2]) or "type"
        same = [
            other
            for other, taken in names.items()
            if re.fullmatch(rf"{re.escape(short)}(_\d+)?", taken)
        ]
        names[name] = f"{short}_{len(same) + 1}" if same else short
    return names


def _tidy(schema: Any, names: dict[str, str]) -> Any:
    if not isinstance(schema, dict):
        return schema
    tidy = functools.partial(_tidy, names=names)
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "title":
            continue
        if key in ("properties", "patternProperties"):
            made[key] = {name: tidy(inner) for name, inner in value.items()}
        elif key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            made[key] = [tidy(inner) for inner in value]
        elif key in ("items", "additionalProperties", "not", "propertyNames"):
            made[key] = tidy(value)
        elif key == "$ref":
            made[key] = _renamed(value, names)
        elif key == "discriminator" and "mapping" in value:
            targets = {tag: _renamed(to, names) for tag, to in value["mapping"].items()}
            made[key] = {**value, "mapping": targets}
        else:
            made[key] = value
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    if isinstance(made.get("description"), str):
        _describe(made)
    return made


def _renamed(reference: str, names: dict[str, str]) -> str:
    return DEFS + names[reference.removeprefix(DEFS)]


def _describe(schema: dict[str, Any]) -> None:
    """Move what a class's docstring says of each attribute to the schema of that attribute."""
    parser = import_extra("docstring_parser", "tools", "the JSON schema of a type")
    text = inspect.cleandoc(schema["description"])
    parsed = parser.parse(text)
    words = [parsed.short_description, parsed.long_description]
    said = {each.arg_name: each.description for each in parsed.params}
    fields = schema.get("properties", {})
    if not said or not said.keys() & fields.keys():
        schema["description"] = text
        return
    schema["description"] = "\n\n".join(filter(None, words))
    for name, field in fields.items():
        if said.get(name):
            field.setdefault("description", said[name])


def used_definitions(schema: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions that a schema refers to, directly or through other definitions."""
    used: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = definitions[name]
            waiting.extend(_references(definitions[name]))
    return {name: definitions[name] for name in definitions if name in used}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(DEFS)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
