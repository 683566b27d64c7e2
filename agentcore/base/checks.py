"""Checks of the arguments that callers give, and hints for names that are misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["OPTIONS", "check_timeout", "did_you_mean", "several"]


# The options of `initiate_chat`; all other keywords are the user's context.
OPTIONS = ("clear_history", "silent", "max_turns", "until", "timeout")


def check_timeout(timeout: Any) -> None:
    """Check a value given as ``timeout=``.

    Args:
        timeout: seconds; ``None`` for no limit.

    Raises:
        TypeError: it is not a number.
        ValueError: it is negative, or not a number of seconds (NaN).
    """
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout= is a number of seconds, not {timeout!r}")
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 seconds or more, not {timeout}")


def several(values: Any, what: str) -> tuple[Any, ...]:
    """Return an iterable's values as a tuple.

    Args:
        values: any iterable but a str, which is one value though it can be iterated.
        what: the beginning of the error's text, as "agents= is a list of agents".

    Raises:
        TypeError: it is a single value.
    """
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{what}, not {values!r:.200}")
    return tuple(values)


def did_you_mean(
    name: str,
    known: Iterable[str],
    lead: str = "; did you mean ",
    *,
    count: int = 3,
    cutoff: float = 0.6,
) -> str:
    """Word the hint of an error at the names that are close to one that is not known.

    Args:
        name: the name that was given.
        known: the names that would be valid.
        lead: the text that leads from the error's own text to the names.
        count: how many names the hint has at the most.
        cutoff: how close a name must be, from 0 (any name) to 1 (the same).

    Returns:
        ``lead``, the close names, the closest first, and a question mark; empty if none is close.
    """
    from difflib import get_close_matches  # here: only a program with an error needs it

    close = get_close_matches(name, list(known), n=count, cutoff=cutoff)
    return f"{lead}{' or '.join(map(repr, close))}?" if close else ""
