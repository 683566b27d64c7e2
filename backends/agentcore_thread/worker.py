"""A worker: what the pool knows of one thread that runs turns."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agentcore_thread.awaited_batch import AwaitedBatch
from agentcore_thread.latch import Latch

__all__ = ["Worker"]


class Worker:
    """The state of one thread of a pool; the pool's lock guards it, but for `runs`.

    Attributes:
        away: whether the thread blocks in a wait that it told the pool of.
        batch: what the thread runs itself, because it waits for that; other workers may take a
            part of it when one of its turns takes long.
        on_held_up: called once, on any thread, when a turn keeps the thread for long. Only a lent
            thread has one.
        runs: how many turns the thread has run; only that thread writes it.
        runs_seen: the value of `runs` at the monitor's last look.
        stuck: whether the monitor found the thread in the same turn twice. The pool does not
            count it as running, so that another takes its place.
        thread: the thread, if the pool started it; ``None`` for a lent thread.
        wake: set when there is work for the thread, which is idle.
    """

    __slots__ = ("away", "batch", "on_held_up", "runs", "runs_seen", "stuck", "thread", "wake")

    def __init__(self) -> None:
        self.away = False
        self.batch: AwaitedBatch | None = None
        self.on_held_up: Callable[[], None] | None = None
        self.runs = 0
        self.runs_seen = -1
        self.stuck = False
        self.thread: threading.Thread | None = None
        self.wake = Latch()

    def start(self, serve: Callable[[Worker], None], name: str) -> None:
        """Start a daemon thread that serves a pool's queue as this worker."""
        self.thread = threading.Thread(target=serve, args=(self,), name=name, daemon=True)
        self.thread.start()

    def is_newly_stuck(self) -> bool:
        """Mark the worker as stuck if it has run the same turn since the last look.

        Returns:
            whether it was marked now.
        """
        newly = self.runs == self.runs_seen and not self.stuck and not self.away
        self.runs_seen = self.runs
        if newly:
            self.stuck = True
        return newly

    def give_over(self) -> list[Callable[[], None]]:
        """Give what is to be called when a turn blocks the thread or keeps it for long.

        It tells whoever lent the thread, and lets other workers run the batch.
        """
        calls = []
        on_held_up, self.on_held_up = self.on_held_up, None
        if on_held_up is not None:
            calls.append(on_held_up)
        batch = self.batch  # read once: the thread may clear it meanwhile
        if batch is not None:
            calls.append(batch.schedule)
        return calls
