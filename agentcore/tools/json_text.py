"""JSON in a model's text: finding it, and checking it against a schema.

It imports no optional package, because tools with a schema of their own, as those of MCP servers,
work without the extra ``tools``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

__all__ = ["json_value", "json_values", "objection"]

_FENCE: Final = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_OPENING: Final = re.compile(r"[{\[]")
_BRACKET_OR_STRING: Final = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*"', re.DOTALL)
_TRIES: Final = 50  # brackets that are tried as the beginning of a value, in one text

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


def json_value(text: str) -> Any:
    """Return the value of a text that is JSON as a whole.

    Raises:
        ValueError: it is not JSON; the error's text is meant for the model.
    """
    try:
        return _decode(text)
    except ValueError as error:
        raise ValueError(_no_json(text, error)) from None


def json_values(text: str) -> Iterator[Any]:
    """Yield the JSON values in a text: the whole text, else those in code fences, else amid prose.

    A part of a value is never yielded in place of the whole: a value that was cut off yields
    nothing.

    Raises:
        ValueError: there is no value; the error's text is meant for the model.
    """
    try:
        yield _decode(text)
    except ValueError as error:
        reason = error
    else:
        return
    found = False
    fences = [] if text.lstrip()[:1] in ("{", "[") else _FENCE.findall(text)
    for part in [*fences, text]:
        for value in _amid(part):
            found = True
            yield value
    if not found:
        raise ValueError(_no_json(text, reason))


def _no_json(text: str, reason: ValueError) -> str:
    if not text.strip():
        return "there is no JSON: the text is empty"
    opening = _OPENING.search(text)
    if opening is not None:
        try:
            _decode(text[opening.start() :])
        except ValueError as error:  # the fault in the JSON, rather than the prose before it
            reason = error
    return f"this is no JSON: {reason}"


def _amid(text: str) -> Iterator[Any]:
    """Yield the value of a whole text, or else each object and array in its prose."""
    try:
        yield _decode(text)
        return
    except ValueError:
        pass
    place = 0
    for _ in range(_TRIES):
        opening = _OPENING.search(text, place)
        if opening is None:
            return
        try:
            value, place = _DECODER.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            place = _end_of_brackets(text, opening.start())
        else:
            yield value


def _end_of_brackets(text: str, start: int) -> int:
    """Return the place after the bracket that closes the one at ``start``, or the text's end."""
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text, start):
        if match[0] in "{[":
            depth += 1
        elif match[0] in "}]":
            depth -= 1
            if not depth:
                return match.end()
    return len(text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def _decode(text: str) -> Any:
    try:
        return _DECODER.decode(text.strip())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


# --- a value and its schema --------------------------------------------------------------------


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
