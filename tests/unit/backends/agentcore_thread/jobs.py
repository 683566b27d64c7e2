"""Jobs for a pool, and what tests of it share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from agentcore_thread import Pool

PATIENCE = 20.0  # seconds; only a test that fails waits that long


class Does:
    """A runnable that calls a function, whose value is what is to be run next."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def run(self) -> Any:
        return self._function()


class Count:
    """Counts down from a number, from any thread, and says when it has come to nothing."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._lock = threading.Lock()
        self._done = threading.Event()

    def down(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._done.set()

    def reached(self) -> bool:
        return self._done.wait(PATIENCE)


def unwatched() -> Pool:
    """Make a pool of one worker that has no monitor to notice what it does not notice itself."""
    made = Pool(1, 1, "test-pool")
    made._watched.set()
    return made


def threads() -> list[threading.Thread]:
    """Give the threads of the pools of these tests."""
    return [each for each in threading.enumerate() if each.name.startswith("test-pool")]


def in_a_worker(pool: Pool, function: Callable[[], Any]) -> Any:
    """Call a function on a worker; give its value."""
    values: list[Any] = []
    done = threading.Event()

    def call() -> None:
        try:
            values.append(function())
        finally:
            done.set()

    pool.schedule(Does(call))
    assert done.wait(PATIENCE)
    return values[0]
