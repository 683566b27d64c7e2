"""How long a server that is asked too often wants its client to wait."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

__all__ = ["asked_to_wait"]

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER: Final = r"\d+(?:\.\d+)?"
_UNIT: Final = (
    r"ms|milliseconds?|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?"
)  # fmt: skip
_PART: Final = re.compile(rf"({_NUMBER})\s*({_UNIT})(?![a-z])", re.I)
_SPAN: Final = rf"((?:{_NUMBER}\s*(?:{_UNIT})(?![a-z])[\s,]*(?:and\s+)?)+)"
_WORDS: Final = re.compile(
    rf"(?:(?:try|retry|again|wait|available|reset\w*)\b[^.\d]{{0,40}}?"
    rf"(?:\b(?:in|after|for|about|least)\b\s*:?\s*)?){_SPAN}",
    re.I,
)
_BARE: Final = re.compile(r"retry[ _-]after\W{1,3}(\d+(?:\.\d+)?)(?!\.?\d|\s*[\w:-])", re.I)
_RESETS: Final = re.compile(r"(x-)?ratelimit-reset(-\w+)?|anthropic-ratelimit-[\w-]+-reset")
_KEYS: Final = ("retryDelay", "retry_after", "retry_after_seconds", "retry-after", "retryAfter")
_DEEPEST: Final = 8
_UNIX: Final = 1e9  # a larger number is a moment, in seconds since 1970; a smaller one is a span
_MILLISECONDS: Final = 1e11  # one larger than this is in milliseconds


def asked_to_wait(headers: Mapping[str, str], body: Any, said: str) -> float | None:
    """Return the seconds that a server asks to wait, from wherever it says them.

    Args:
        headers: those of its answer, with names in lower case or in any.
        body: its body as a value; Google has a ``retryDelay`` in it.
        said: its words, as "Please try again in 6.2s".

    Returns:
        the seconds, or ``None`` if it does not say.
    """
    given = {str(name).lower(): value for name, value in headers.items()}
    ways: tuple[Callable[[], float | None], ...] = (
        lambda: _number(given.get("retry-after-ms"), 0.001),
        lambda: _number(given.get("retry-after")),
        lambda: _until(given.get("retry-after")),
        lambda: _in_body(body, 0),
        lambda: _in_words(said),
        lambda: _at_reset(given),
        lambda: _behind(body),
    )
    for way in ways:
        seconds = way()
        if seconds is not None and math.isfinite(seconds) and seconds > 0:
            return round(seconds, 3)
    return None


def _number(value: Any, unit: float = 1.0) -> float | None:
    try:
        return float(value) * unit
    except (TypeError, ValueError):
        return None


def _until(date: str | None) -> float | None:
    from email.utils import parsedate_to_datetime  # it is slow to import, and seldom needed

    try:
        return math.ceil(parsedate_to_datetime(str(date)).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _in_body(body: Any, depth: int) -> float | None:
    if isinstance(body, Mapping) and depth < _DEEPEST:
        for key in _KEYS:
            found = _number(body.get(key)) or _span(str(body.get(key) or ""))
            if found is not None:
                return found
        body = list(body.values())
    if isinstance(body, list) and depth < _DEEPEST:
        inner = (_in_body(each, depth + 1) for each in body)
        return next((each for each in inner if each is not None), None)
    return None


def _in_words(said: str) -> float | None:
    found = _WORDS.search(said)
    if found:
        return _span(found[1])
    bare = _BARE.search(said)
    return float(bare[1]) if bare else None


def _at_reset(headers: Mapping[str, Any]) -> float | None:
    """Return the seconds until the limits that were reached are reset, as headers tell of them."""
    waits = []
    for name, value in headers.items():
        left = _number(headers.get(name.replace("reset", "remaining"))) or 0.0
        seconds = _from_now(str(value)) if _RESETS.fullmatch(name) and left <= 0 else None
        if seconds is not None:
            waits.append(seconds)
    return max(waits, default=None)


def _from_now(value: str) -> float | None:
    """Return the seconds until a moment: a number of seconds, a span, a date, or a Unix time."""
    number = _number(value)
    if number is not None:
        if number > _MILLISECONDS:
            number /= 1000
        return number - time.time() if number > _UNIX else number
    try:
        return datetime.fromisoformat(value).timestamp() - time.time()
    except ValueError:
        return _span(value)


def _behind(body: Any) -> float | None:
    """Read the headers that a gateway got from the server behind it, where OpenRouter has them."""
    for key in ("error", "metadata", "headers"):
        body = body.get(key) if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping):
        return None
    return _at_reset({str(name).lower(): value for name, value in body.items()})


def _span(text: str) -> float | None:
    """Return the seconds of a span of time, as ``7m12.5s`` or ``2 minutes``."""
    parts = _PART.findall(text)
    if not parts:
        return None
    return sum(float(number) * _seconds(unit.lower()) for number, unit in parts)


def _seconds(unit: str) -> float:
    return _UNITS["ms"] if unit.startswith(("ms", "milli")) else _UNITS[unit[0]]
