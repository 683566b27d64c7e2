"""Values of the user's whose own methods raise, as ``__class__`` or ``__bool__``, in a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agentcore.base.error_words import words_of
from agentcore.base.errors import MessageTypeError
from agentcore.base.frozen import freeze

__all__ = ["unreadable"]


def unreadable(value: Any, error: Exception) -> MessageTypeError:
    """Return the error for a value given as a message, of which a part raised ``error``."""
    path = _path(value, "$") or "$"
    return MessageTypeError(
        f"a message cannot be made of this: {path} cannot be looked at, as it raises "
        f"{words_of(error)}; send plain data (str, numbers, lists, dicts) instead"
    )


def _path(value: Any, path: str) -> str | None:
    """Return the path of the innermost part that raises; ``None`` if none does."""
    kind = type(value)  # `isinstance` would ask the value's own ``__class__``, which may raise
    parts: Iterable[tuple[str, Any]] = ()
    try:
        if issubclass(kind, dict):
            parts = [(f"{path}.{key}", item) for key, item in value.items()]
        elif issubclass(kind, list | tuple | set | frozenset):
            parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    except Exception:
        return path
    for where, item in parts:
        found = _path(item, where)
        if found is not None:
            return found
    return path if _raises(value) else None


def _raises(value: Any) -> bool:
    try:
        freeze(value)
        repr(value)
        bool(value)
    except Exception:
        return True
    return False
