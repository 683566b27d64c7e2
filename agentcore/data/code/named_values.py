"""Answers in a form: values that a question asks for by name, as ``@mean[value]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["asked_names", "in_form", "lacking", "stated_values"]

_NAME: Final = re.compile(r"@(\w+)\s*\[")
_DECIMALS: Final = re.compile(
    r"(?:(?:rounded|rounding|round)[^.@]*?\b|\b)(\d+|one|two|three|four|five|six) "
    r"(?:decimal|digits? after)",
    re.IGNORECASE,
)
_WORDS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def asked_names(question: str) -> tuple[str, ...]:
    """Return the names that a question asks for in the form ``@name[value]``, in order."""
    return tuple(dict.fromkeys(_NAME.findall(question)))


def stated_values(text: str) -> dict[str, str]:
    """Return the values that a text states in the form ``@name[value]``, as texts."""
    values: dict[str, str] = {}
    for match in _NAME.finditer(text):
        depth, at = 1, match.end()
        while at < len(text) and depth:
            depth += {"[": 1, "]": -1}.get(text[at], 0)
            at += 1
        if not depth:
            values[match[1]] = text[match.end() : at - 1].strip()
    return values


def lacking(names: Sequence[str], text: str) -> tuple[str, ...]:
    """Return the names of which a text states no value."""
    stated = stated_values(text)
    return tuple(name for name in names if not stated.get(name) and name not in stated)


def in_form(names: Sequence[str], values: Mapping[str, Any], question: str) -> str:
    """Return an answer that states variables of the code in the form that was asked for.

    Args:
        names: the names that the question asks for; each is one of ``values``.
        question: it may say to how many decimals numbers are to be rounded.
    """
    decimals = _decimals(question)
    return "\n".join(f"@{name}[{_shown(values[name], decimals)}]" for name in names)


def _decimals(question: str) -> int | None:
    """Return to how many decimals a question wants its numbers; ``None`` if it wants several."""
    found = {_WORDS.get(word.lower()) or int(word) for word in _DECIMALS.findall(question)}
    return found.pop() if len(found) == 1 else None


def _shown(value: Any, decimals: int | None) -> str:
    if isinstance(value, float):
        return f"{value:.{6 if decimals is None else decimals}f}" if value == value else "nan"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(each, decimals) for each in value)
    return str(value)
