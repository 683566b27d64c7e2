"""What is wrong with a value, by a JSON schema, in words for a model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from agentcore.tools.checker import checker_of, frames_left

__all__ = ["objection"]

_WORDS: Final = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
# Which fault is told first, if a value has several: what it is, before what is in it.
_FIRST: Final = ("type", "enum", "const", "required")
_FRAMES: Final = 100  # that have to be free for a check


def objection(value: Any, schema: Any, path: str = "$") -> str | None:
    """Check a value against a JSON schema; formats are left to `convert`.

    Args:
        value: the value, as `json` returns it.
        schema: the JSON schema. What cannot be checked of it, as a reference that leads nowhere, is
            not checked.
        path: the place of the value, as ``$.items[0]``.

    Returns:
        what is wrong, in words for the model, with the path; ``None`` if nothing is.

    Raises:
        ExtraMissingError: jsonschema is not installed.
    """
    checker = checker_of(schema)
    if frames_left() < _FRAMES:
        return None
    try:
        errors = list(checker.iter_errors(value))
    except Exception:  # a schema that is broken as a whole, as by an $id that is no URL
        return None
    return _said(errors, path, path) if errors else None


def _said(errors: list[Any], root: str, here: str) -> str:
    """Say the fault that matters most, of some at ``here`` and within."""
    error = min(errors, key=lambda each: _rank(each, root, here))
    path = _path(error, root)
    if error.context and error.validator in ("anyOf", "oneOf"):
        return _no_branch(error, root, path)
    if error.schema is False:
        return f"{path}: nothing may stand here"
    say = _SAYINGS.get(error.validator)
    words = say(error) if say else f": {_shortened(error.message)}"
    return f"{path}{words}"


def _path(error: Any, root: str) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path]
    return root + "".join(steps)


def _rank(error: Any, root: str, here: str) -> tuple[bool, int]:
    kind = error.validator
    return _path(error, root) != here, _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _no_branch(error: Any, root: str, path: str) -> str:
    """Say why no branch of a union fits: of the one that nearly does, if one does, or of all."""
    branches: dict[Any, list[Any]] = {}
    for each in error.context:
        branches.setdefault(each.relative_schema_path[0], []).append(each)
    depth = len(error.absolute_path)
    away = {index: _distance(faults, depth) for index, faults in branches.items()}
    nearest = min(away.values())
    said = []
    for index, faults in branches.items():
        if away[index] == nearest:
            tags = [each for each in faults if nearest == 1 and _is_tag(each, depth)]
            said.append(_said(tags or faults, root, path))
    return "; or ".join(dict.fromkeys(said))


def _distance(faults: Iterable[Any], depth: int) -> int:
    """Return how far a value is from a branch: 2 another kind of value, 1 the wrong tag, or 0."""
    distances = [0]
    for each in faults:
        deeper = len(each.absolute_path) - depth
        if not deeper and each.validator in ("type", "enum", "const", "anyOf", "oneOf"):
            distances.append(2)
        elif _is_tag(each, depth):
            distances.append(1)
    return max(distances)


def _is_tag(fault: Any, depth: int) -> bool:
    """Return whether a fault is in a field that tells the branches of a union apart."""
    return len(fault.absolute_path) == depth + 1 and fault.validator in ("enum", "const")


def _wrong_kind(error: Any) -> str:
    kinds = error.validator_value
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    if error.schema.get("nullable") is True:
        wanted.append("null")
    words = " or ".join(_WORDS.get(kind, str(kind)) for kind in dict.fromkeys(wanted))
    return f" must be {words}, not {_shown(error.instance)}"


def _wrong_choice(error: Any) -> str:
    wanted = error.validator_value
    choices = [wanted] if error.validator == "const" else wanted
    words = ", ".join(_shown(one) for one in choices)
    one_of = "one of " if len(choices) > 1 else ""
    return f" must be {one_of}{words}, not {_shown(error.instance)}"


def _missing(error: Any) -> str:
    absent = next(name for name in error.validator_value if name not in error.instance)
    return f": the field {absent!r} is missing"


def _unknown(error: Any) -> str:
    fields = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    name = next(
        name
        for name in error.instance
        if name not in fields and not any(re.search(pattern, name) for pattern in patterns)
    )
    known = [*map(repr, fields), *(f"those that match {pattern}" for pattern in patterns)]
    return f": there is no field {name!r}; the fields are: {', '.join(known) or 'none'}"


def _counted(words: str, of: str) -> Callable[[Any], str]:
    return lambda error: (
        f" must have {error.validator_value} {of} {words}, not {len(error.instance)}"
    )


def _bounded(words: str, exclusive: str = "") -> Callable[[Any], str]:
    def say(error: Any) -> str:
        # Until draft 4, a bound is exclusive if another keyword, which is a boolean, says so.
        flag = error.schema.get(f"exclusive{error.validator.capitalize()}")
        bound = (exclusive if flag is True else words).format(_shown(error.validator_value))
        return f" must be {bound}, not {_shown(error.instance)}"

    return say


def _too_many(error: Any) -> str:
    return f"[{len(error.schema.get('prefixItems', ()))}]: nothing may stand here"


def _several_branches(error: Any) -> str:
    return f" fits several of the alternatives, and may fit only one: {_shown(error.instance)}"


_SAYINGS: Final[Mapping[Any, Callable[[Any], str]]] = {
    "type": _wrong_kind,
    "enum": _wrong_choice,
    "const": _wrong_choice,
    "required": _missing,
    "additionalProperties": _unknown,
    "oneOf": _several_branches,
    "items": _too_many,
    "minItems": _counted("or more", "elements"),
    "maxItems": _counted("at most", "elements"),
    "minLength": _counted("or more", "characters"),
    "maxLength": _counted("at most", "characters"),
    "minProperties": _counted("or more", "fields"),
    "maxProperties": _counted("at most", "fields"),
    "minimum": _bounded("{} or more", "more than {}"),
    "maximum": _bounded("{} or less", "less than {}"),
    "exclusiveMinimum": _bounded("more than {}"),
    "exclusiveMaximum": _bounded("less than {}"),
    "multipleOf": _bounded("a multiple of {}"),
    "pattern": lambda error: (
        f" must match the pattern {error.validator_value}, not {_shown(error.instance)}"
    ),
    "uniqueItems": lambda error: f" must have each element once, not {_shown(error.instance)}",
}


def _shown(value: Any) -> str:
    try:
        return _shortened(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):  # nested too deeply, or no value of JSON
        return f"this {type(value).__name__}"


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
