"""Keywords of a JSON schema whose values JSON Schema allows; others make a server refuse it all.

Schemas that were made by hand, or by OpenAPI and drafts before 2020-12, have ``"type": "str"``,
``"required": true``, ``"exclusiveMinimum": true``, patterns of JavaScript and the like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["valid_keywords"]

_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
# Other names of types: of Python, of other languages and formats.
_NAMED: Final = {
    "any": None,
    "bool": "boolean",
    "date": "string",
    "datetime": "string",
    "dict": "object",
    "double": "number",
    "float": "number",
    "int": "integer",
    "list": "array",
    "long": "integer",
    "none": "null",
    "str": "string",
    "text": "string",
    "tuple": "array",
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError, OverflowError, RecursionError):
        return False
    return isinstance(value, str)


def _is_choice(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_named(value: Any) -> bool:
    return isinstance(value, dict)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_RULES: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"), _is_number),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(("maxItems", "minItems", "maxLength", "minLength"), _is_count),
    **dict.fromkeys(("maxProperties", "minProperties"), _is_count),
    **dict.fromkeys(("maxContains", "minContains"), _is_count),
    "pattern": _is_pattern,
    **dict.fromkeys(("enum", "allOf", "anyOf", "oneOf", "prefixItems"), _is_choice),
    **dict.fromkeys(("description", "title", "format"), _is_text),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), _is_text),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _is_flag),
    "examples": lambda value: isinstance(value, list),
    **dict.fromkeys(("dependentSchemas", "patternProperties"), _is_named),
    "dependentRequired": lambda value: _is_named(value) and all(map(_are_texts, value.values())),
}


def valid_keywords(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the keywords that have a value of a wrong kind.

    What is meant is kept where it is plain: ``int`` is ``integer``, and ``exclusiveMinimum: true``
    makes a ``minimum`` exclusive. Schemas within it stay as they are.
    """
    made = dict(node)
    for bound in ("Maximum", "Minimum"):
        if made.get(f"exclusive{bound}") is True and _is_number(made.get(bound.lower())):
            made[f"exclusive{bound}"] = made.pop(bound.lower())
    if "type" in made:
        made |= {"type": _types(made["type"])}
        if made["type"] is None:
            del made["type"]
    if isinstance(made.get("patternProperties"), dict):
        patterns = made["patternProperties"].items()
        made["patternProperties"] = {name: each for name, each in patterns if _is_pattern(name)}
    if isinstance(made.get("enum"), list):
        made["enum"] = list({json.dumps(each, default=str): each for each in made["enum"]}.values())
    if isinstance(made.get("required"), list):
        made["required"] = list(dict.fromkeys(filter(_is_text, made["required"])))
    return {key: value for key, value in made.items() if key not in _RULES or _RULES[key](value)}


def _types(given: Any) -> Any:
    """Return the value of ``type``; ``None`` if it names no type."""
    named = given if isinstance(given, list) else [given]
    texts = [each.strip().lower() for each in named if isinstance(each, str)]
    known = [_NAMED.get(each, each) for each in texts]
    if any(each not in _TYPES for each in known):  # it may be anything
        return None
    found = list(dict.fromkeys(known))
    return found if isinstance(given, list) and found else next(iter(found), None)
