"""The virtual clock of the inline backend."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

__all__ = ["Clock", "Timer"]


class Timer:
    """A function that is to be called at a time; ``None`` when it was, or need not be."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[], object]) -> None:
        self.function: Callable[[], object] | None = function

    def cancel(self) -> None:
        """Do not call it."""
        self.function = None

    def fire(self) -> None:
        """Call it."""
        function, self.function = self.function, None
        if function is not None:
            function()


class Clock:
    """Time that stands still until it is told to go on.

    Attributes:
        now: seconds since the backend was made.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()  # of two at the same time, the first made comes first

    def after(self, delay: float, function: Callable[[], object]) -> Timer:
        """Make a timer that is due in ``delay`` seconds."""
        timer = Timer(function)
        heapq.heappush(self._timers, (self.now + delay, next(self._count), timer))
        return timer

    def left(self) -> float | None:
        """Give the seconds that are left until the next timer is due; ``None`` if there is none."""
        while self._timers and self._timers[0][2].function is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - self.now) if self._timers else None

    def jump(self) -> None:
        """Go to the time of the next timer, and fire it."""
        due, _, timer = heapq.heappop(self._timers)
        self.now = max(self.now, due)
        timer.fire()

    def clear(self) -> None:
        """Forget all timers."""
        self._timers.clear()
