"""Kinds: the names of a class and its bases, which can be compared in any process."""

from __future__ import annotations

__all__ = ["kinds_of"]


def kinds_of(cls: type) -> tuple[str, ...]:
    """Give the names of a class and its bases, as ``module:qualname``.

    Names can be compared in any process, where classes may not even be importable. A base that
    has a true ``_part_of_agent`` of its own is left out, to keep refs small: such bases hold a part
    of `ConversableAgent`'s code, and no rule answers them.
    """
    kinds = [base for base in cls.__mro__[:-1] if not vars(base).get("_part_of_agent")]
    return tuple(f"{base.__module__}:{base.__qualname__}" for base in kinds)
