"""Names of tools that models and MCP clients accept."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["safe_names"]

# The interfaces of models accept these; MCP itself allows dots and 128 characters.
_OTHERS = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 64


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Give for each name one that every model accepts, no two alike.

    Characters but letters, digits, ``_`` and ``-`` become ``_``, and 64 characters are kept.

    Returns:
        the accepted names, by the given ones.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        safe = _OTHERS.sub("_", name)[:_LONGEST] or "tool"
        number = 1
        while safe in taken:
            number += 1
            ending = f"_{number}"
            safe = _OTHERS.sub("_", name)[: _LONGEST - len(ending)] + ending
        taken.add(safe)
        given[name] = safe
    return given
