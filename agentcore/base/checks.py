"""Checks of what callers give."""

from __future__ import annotations

from typing import Any

__all__ = ["OPTIONS", "check_timeout", "several"]


OPTIONS = ("clear_history", "silent", "max_turns", "until", "timeout")  # of `initiate_chat`


def check_timeout(timeout: Any) -> None:
    """Raise for what is no ``timeout=``."""
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout= is a number of seconds, not {timeout!r}")
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 seconds or more, not {timeout}")


def several(values: Any, what: str) -> tuple[Any, ...]:
    """Give several values as a tuple; a text, which has letters, is not meant as several.

    Raises:
        TypeError: it is one value, and not several.
    """
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{what}, not {values!r:.200}")
    return tuple(values)
