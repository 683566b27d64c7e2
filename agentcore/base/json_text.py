"""JSON in a model's text: reading it, and finding it amid prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

__all__ = ["json_value", "json_values"]

_FENCE: Final = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_OPENING: Final = re.compile(r"[{\[]")
_BRACKET_OR_STRING: Final = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*"', re.DOTALL)
_TRIES: Final = 50  # brackets that are tried as the beginning of a value, in one text


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
