"""Annotations written as text, made the types that they name."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

__all__ = ["settle_annotations"]


def settle_annotations(function: Callable[..., Any]) -> None:
    """Put types in the place of a function's annotations that are texts, if all can be found now.

    For functions that are taken to other processes with their code, as a script's are: what only
    a text names does not come along. Names that are defined later stay texts.
    """
    texts = getattr(function, "__annotations__", {})
    if any(isinstance(each, str) for each in texts.values()):
        try:
            hints = typing.get_type_hints(function, include_extras=True)
        except Exception:  # an annotation may be any code
            return
        function.__annotations__ = {**texts, **hints}
