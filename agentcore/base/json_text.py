"""JSON in a model's text: reading it, and finding it amid prose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

__all__ = ["json_value", "json_values", "no_number"]

_FENCE: Final = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_OPENING: Final = re.compile(r"[{\[]")
_BRACKET_OR_STRING: Final = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*"', re.DOTALL)


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
    """Yield the JSON values in a text, in order: the whole text, or those in fences and amid prose.

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
    found = dict(_amid(text))
    if text.lstrip()[:1] not in ("{", "["):  # else fences stand within a value that was cut off
        for fence in _FENCE.finditer(text):
            found |= {fence.start(1) + place: value for place, value in _amid(fence[1])}
    if not found:
        raise ValueError(_no_json(text, reason))
    for place in sorted(found):
        yield found[place]


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


def _amid(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the value of a whole text, or each object and array in its prose, with its place."""
    try:
        yield len(text) - len(text.lstrip()), _decode(text)
        return
    except ValueError:
        pass
    place = 0
    while opening := _OPENING.search(text, place):
        try:
            value, place = _DECODER.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            place = _end_of_brackets(text, opening.start())
        else:
            yield opening.start(), value


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


def no_number(name: str) -> NoReturn:
    """Refuse ``NaN`` and the infinities, which `json` would read.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is no JSON number")


_DECODER: Final = json.JSONDecoder(parse_constant=no_number)


def _decode(text: str) -> Any:
    try:
        return _DECODER.decode(text.strip())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
