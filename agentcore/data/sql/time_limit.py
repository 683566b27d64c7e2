"""A time limit for queries that an engine ends when it is interrupted from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import attrs

from agentcore.base.data_errors import QueryError, QueryTimeoutError

__all__ = ["Interruptible", "Running"]

_AGAIN: Final = 0.1  # seconds


@attrs.define(eq=False)
class Running:
    """A query that runs.

    Attributes:
        interrupt: ends it.
        timed_out: whether it was ended because its time was over.
        done: whether it runs no more.
    """

    interrupt: Callable[[], None]
    timed_out: bool = False
    done: bool = False

    def error(self, sql: str, timeout: float) -> QueryError:
        """Return the error for a query that was ended, by its time or by somebody.

        Args:
            timeout: the seconds that it might take.
        """
        if self.timed_out:
            return QueryTimeoutError(f"the query took longer than {timeout:g} s", sql=sql)
        return QueryError("the query was interrupted", sql=sql)

    def end(self) -> None:
        """Interrupt it, again and again: an engine forgets it if the query has not begun yet."""
        if not self.done:
            self.interrupt()
            _later(_AGAIN, self.end)

    def expire(self) -> None:
        """Interrupt it, as its time is over."""
        self.timed_out = True
        self.end()


def _later(seconds: float, call: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer


class Interruptible:
    """The queries of one database that run now, on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Running] = []

    @contextmanager
    def running(self, interrupt: Callable[[], None], timeout: float) -> Iterator[Running]:
        """Interrupt what runs within ``with`` after a time, or when `interrupt` is called.

        Args:
            interrupt: ends the query; it is called on another thread.
            timeout: seconds.
        """
        query = Running(interrupt)
        with self._lock:
            self._running.append(query)
        timer = _later(timeout, query.expire)
        try:
            yield query
        finally:
            query.done = True
            timer.cancel()
            with self._lock:
                self._running.remove(query)

    def interrupt(self) -> None:
        """End all queries that run now."""
        with self._lock:
            running = list(self._running)
        for query in running:
            query.end()
