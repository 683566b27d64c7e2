"""Names of tools, as models and MCP clients take them."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["safe_names"]

# What the interfaces of models take; MCP itself allows dots and 128 letters.
_OTHERS = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 64


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Give each name in a form that every model takes, no two alike: the form by the name."""
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
