"""Where in a JSON schema other schemas stand, and what a ``$ref`` of it means."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import unquote

__all__ = [
    "DATA",
    "listed",
    "named",
    "plain",
    "pointed_at",
    "remembered",
    "subschemas",
    "with_subschemas",
]

T = TypeVar("T")

# Keywords that have one schema, a list of schemas, and schemas by name. ``items`` has either of the
# first two, by draft. All other keywords have data, in which "$ref" and the like mean nothing.
_ONE: Final = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_SEVERAL: Final = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_NAMED: Final = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)
DATA: Final = frozenset({"const", "default", "enum", "example", "examples"})


def plain(node: Any) -> Any:
    """Copy a schema, with a dict for each mapping and a list for each sequence."""
    if isinstance(node, Mapping):
        return {str(key): plain(inner) for key, inner in node.items()}
    if isinstance(node, list | tuple):
        return [plain(inner) for inner in node]
    return node


def named(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    """Give the schemas by name that a keyword has; none if it is missing or malformed."""
    found = schema.get(keyword)
    return found if isinstance(found, dict) else {}


def listed(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    """Give the list that a keyword has; an empty one if it is missing or malformed."""
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def with_subschemas(
    schema: Mapping[str, Any], change: Callable[[Any], Any], keep: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Copy a schema, with each schema that stands directly in it changed.

    Args:
        schema: the schema.
        change: gives what is to stand in place of a schema.
        keep: keywords whose schemas stay as they are.
    """
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in keep:
            made[key] = value
        elif key in _SEVERAL and isinstance(value, list):
            made[key] = [change(each) for each in value]
        elif key in _NAMED and isinstance(value, Mapping):
            made[key] = {name: change(each) for name, each in value.items()}
        elif key in _ONE:
            made[key] = change(value)
        else:
            made[key] = value
    return made


def subschemas(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Give the schemas that stand directly in a schema."""
    found: list[Any] = []
    with_subschemas(schema, found.append)
    yield from found


def pointed_at(root: Any, reference: Any) -> Any:
    """Return what a reference within a schema means, as ``#/$defs/Pet`` or ``#``.

    Raises:
        LookupError: it means nothing in this schema, or it is of another document.
    """
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise LookupError(f"{reference!r} is no reference within the schema")
    found = root
    # The fragment of a URL first, and then the steps of the pointer in it (RFC 6901, section 6).
    start, *steps = unquote(reference[1:]).split("/")
    if start:
        return _anchored(root, start)
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found[name]
        elif isinstance(found, list) and name.isdecimal():
            found = found[int(name)]
        else:
            raise LookupError(f"{reference!r} leads nowhere")
    return found


def _anchored(node: Any, name: str) -> Any:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if each.get("$anchor") == name:
                return each
            waiting.extend(subschemas(each))
    raise LookupError(f"there is no $anchor {name!r}")


def remembered(make: Callable[[Any], T]) -> Callable[[Any], T]:
    """Let a function of a schema give again what it made of an equal one, for up to 256 schemas.

    What it makes is shared, so nobody may change it.
    """

    # By the text: schemas may be changed, and die, and 1 and true are equal in Python.
    @functools.lru_cache(maxsize=256)
    def known(text: str) -> T:
        return make(json.loads(text))

    @functools.wraps(make)
    def of(schema: Any) -> T:
        try:
            text = json.dumps(schema)
        except (TypeError, ValueError):  # no value of JSON, but perhaps one that can be read
            return make(schema)
        return known(text)

    return of
