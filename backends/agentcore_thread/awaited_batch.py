"""Turns that a worker runs itself, because it could not go on before they have ended anyway."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from agentcore.backend import Runnable
from agentcore_thread.latch import Latch

__all__ = ["AwaitedBatch"]


class AwaitedBatch:
    """Runnables that one thread waits for.

    That thread runs them one after the other. When one of them blocks or takes long, the pool
    schedules the batch, which is a runnable itself, and other workers take what is left of it.

    Args:
        schedule: puts a runnable on the pool's queue.
    """

    __slots__ = ("_left", "_schedule")

    def __init__(self, runnables: Iterable[Runnable], schedule: Callable[[Runnable], None]) -> None:
        self._left = deque(runnables)
        self._schedule = schedule

    def schedule(self) -> None:
        """Let other workers run what is left."""
        self._schedule(self)

    def run(self) -> Runnable | None:
        """Run one of them on another worker, after queueing the rest for a third."""
        try:
            runnable = self._left.popleft()
        except IndexError:
            return None
        if self._left:
            self._schedule(self)
        return runnable.run()

    def run_all(self, run_one: Callable[[Runnable], Runnable | None], latch: Latch) -> None:
        """Run on the waiting thread all that no other worker takes, and what the last one gives.

        Args:
            run_one: runs one runnable and gives the runnable that comes of it; never raises.
            latch: what the thread waits for. Once it is set, the thread leaves the rest to others.
        """
        ran: Runnable | None = None
        onward: Runnable | None = None
        while True:
            try:
                ran = self._left.popleft()
            except IndexError:
                break
            if onward is not None:
                self._schedule(onward)
            onward = run_one(ran)
        # A mailbox that gives itself has further mail, and that is not what the thread waits for.
        while onward is not None and onward is not ran and not latch.is_set:
            ran, onward = onward, run_one(onward)
        if onward is not None:
            self._schedule(onward)
