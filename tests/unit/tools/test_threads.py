"""Each function has a thread of its own, so that no number of waiting functions blocks another."""

from __future__ import annotations

import threading

import pytest

from agentcore.tools.threads import OwnThreads


def test_functions_that_wait_for_each_other_all_run() -> None:
    """A pool of fewer threads would stop here for ever."""
    count = 50
    barrier = threading.Barrier(count)
    executor = OwnThreads()
    futures = [executor.submit(barrier.wait, 30) for _ in range(count)]
    assert sorted(future.result(60) for future in futures) == list(range(count))


def test_a_value_and_an_error_come_through_the_future() -> None:
    """Keyword arguments go to the function."""
    executor = OwnThreads()
    assert executor.submit(int, "11", base=2).result(60) == 3
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result(60)


def test_its_threads_keep_no_interpreter_from_exiting() -> None:
    """They are daemons."""
    assert OwnThreads().submit(lambda: threading.current_thread().daemon).result(60)
