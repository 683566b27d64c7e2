"""What this process has learned of servers: changes of the dialect that a server was asked in.

A server that refused what it does not know is asked in the right way from its next request on.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.models.openai.dialects import Dialect

__all__ = ["as_learned", "learn"]

_lock = threading.Lock()
_changes: dict[tuple[str, str], dict[str, Any]] = {}


def as_learned(dialect: Dialect, url: str, model: str) -> Dialect:
    """Return a dialect with what was learned of a model on a server.

    Args:
        dialect: the dialect without it.
        url: the address of the server.
        model: the name of the model there.
    """
    with _lock:
        changes = dict(_changes.get((url, model), ()))
    return attrs.evolve(dialect, **changes)


def learn(url: str, model: str, changes: Mapping[str, Any]) -> None:
    """Remember that a model on a server answered after these changes of fields."""
    with _lock:
        _changes.setdefault((url, model), {}).update(changes)
