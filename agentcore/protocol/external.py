"""The stop condition that somebody outside the conversation sets."""

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


# Copies of one External share its switch as long as any of them lives.
_SWITCHES: WeakValueDictionary[str, _Switch] = WeakValueDictionary()


@attrs.frozen(repr=False, init=False)
class External(Condition):
    """Holds once somebody called ``set()`` on it, or on a copy of it in the same process.

    It is looked at when a message arrives, and interrupts no turn. A copy in another process
    knows only whether it was set before it was sent there.
    """

    _key: str
    _switch: _Switch = attrs.field(eq=False)

    def __init__(self) -> None:
        # A name that no other process gives, not even one forked from this.
        self._join(os.urandom(16).hex())

    def _join(self, key: str) -> None:
        self.__attrs_init__(key, _SWITCHES.setdefault(key, _Switch()))

    @property
    def is_set(self) -> bool:
        """Whether it was set. It is never unset: make a new one instead."""
        return self._switch.on

    def set(self) -> None:
        """Let it hold from now on; from any thread, as often as you like."""
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
