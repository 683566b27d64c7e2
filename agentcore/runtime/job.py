"""Jobs: functions that a backend runs outside of any turn."""

from __future__ import annotations

from collections.abc import Callable

from agentcore.runtime.turns.turn import set_current_turn

__all__ = ["Job"]


class Job:
    """A `Runnable` that calls a function outside of any turn."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def run(self) -> None:
        """Call the function; the thread may still have the last turn that it ran as current."""
        set_current_turn(None)
        self._function()
