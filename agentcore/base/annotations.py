"""Annotations that are written as text (PEP 563), replaced by the types that they name."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

__all__ = ["settle_annotations"]


def settle_annotations(function: Callable[..., Any]) -> None:
    """Replace the textual annotations of a function by their types, in place.

    A function of a script is pickled by value, with its code, when it goes to another process. The
    pickle then includes only the globals that the code itself uses, so a type that is named in a
    textual annotation would be missing there. If one of the names is not defined yet, all
    annotations stay texts.
    """
    texts = getattr(function, "__annotations__", {})
    if any(isinstance(each, str) for each in texts.values()):
        try:
            hints = typing.get_type_hints(function, include_extras=True)
        except Exception:  # an annotation is an expression: evaluating it may raise anything
            return
        function.__annotations__ = {**texts, **hints}
