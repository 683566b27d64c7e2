"""`External`: the stop condition that code outside of the conversation sets."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakValueDictionary

import attrs

from agentcore.protocol.condition import Condition, Memory, Moment

__all__ = ["External"]


@attrs.define(eq=False)
class _Switch:
    on: bool = False


# All copies of one External in this process share one switch, by its key. The references are weak,
# so that a switch is freed together with the last copy.
_SWITCHES: WeakValueDictionary[str, _Switch] = WeakValueDictionary()


@attrs.frozen(repr=False, init=False)
class External(Condition):
    """Holds once ``set()`` was called on it, or on a copy of it in the same process.

    It is checked when a message arrives, and interrupts no turn. A copy in another process knows
    only whether it was set before it was sent there.

    Examples:
        >>> stop_button = External()
        >>> stop_button.holds([])
        >>> stop_button.set()
        >>> stop_button.holds([])
        'External()'
    """

    _key: str
    _switch: _Switch = attrs.field(eq=False)

    def __init__(self) -> None:
        # From the operating system, so that a forked process does not make the same key.
        self._join(os.urandom(16).hex())

    def _join(self, key: str) -> None:
        self.__attrs_init__(key, _SWITCHES.setdefault(key, _Switch()))

    @property
    def is_set(self) -> bool:
        """Whether it was set. It cannot be unset: make a new `External` instead."""
        return self._switch.on

    def set(self) -> None:
        """Let it hold from now on. May be called from any thread, and more than once."""
        self._switch.on = True

    def __reduce__(self) -> tuple[Any, ...]:
        return _external, (self._key, self.is_set)

    def _look(self, memory: Memory, now: Moment) -> Memory:
        return self._held() if self._switch.on else None

    def __repr__(self) -> str:
        return "External()"


def _external(key: str, is_set: bool) -> External:
    condition = External.__new__(External)
    condition._join(key)
    if is_set:
        condition.set()
    return condition
