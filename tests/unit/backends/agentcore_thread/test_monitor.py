"""Workers that are stuck in a turn, and who takes their place."""

from __future__ import annotations

import threading

from agentcore_thread import Pool
from agentcore_thread.worker import Worker
from tests.unit.backends.agentcore_thread.jobs import (
    PATIENCE,
    Count,
    Does,
    threads,
)


def test_workers_that_are_stuck_are_replaced(pool: Pool) -> None:
    """Fifty turns that block on what a fifty-first does, unbeknown to the pool, all finish."""
    free = threading.Event()
    done = Count(50)

    def stick() -> None:
        if free.wait(PATIENCE):
            done.down()

    for _ in range(50):
        pool.schedule(Does(stick))
    pool.schedule(Does(free.set))
    assert done.reached()


def test_stuck_workers_are_replaced_up_to_the_most() -> None:
    """No more threads than ``most`` come of turns that are stuck."""
    pool = Pool(1, 4, "test-pool")
    free, all_in = threading.Event(), Count(4)
    done = Count(12)

    def stick() -> None:
        all_in.down()
        free.wait(PATIENCE)
        done.down()

    for _ in range(12):
        pool.schedule(Does(stick))
    try:
        assert all_in.reached()
        looked = threading.Event()
        monitor = pool._monitor.thread
        assert monitor is not None
        looked.wait(0.05)  # ten looks of the monitor, which would replace a fifth
        assert sum("worker" in each.name for each in threads()) == 4
        free.set()
        assert done.reached()
    finally:
        free.set()
        pool.close()


def test_what_is_queued_while_all_workers_are_taken_is_watched_over(pool: Pool) -> None:
    """However two threads that schedule at once come between each other, somebody looks.

    Both saw room for one more worker, and one of them came too late for it: what it scheduled
    waits in the queue, and only the monitor can tell that no worker will come for it.
    """
    free = threading.Event()
    done = Count(2)

    taken = Count(2)

    def take() -> None:
        taken.down()
        if free.wait(PATIENCE):
            done.down()

    pool.schedule(Does(take))
    pool.schedule(Does(take))
    assert taken.reached()
    pool._queue.append(Does(free.set))  # what `schedule` does,
    pool._add_worker()  # when it saw room that another has filled since
    assert done.reached()


def test_a_worker_found_stuck_as_it_goes_idle_is_counted_out_once() -> None:
    """The monitor may count a worker out between the end of its turn and its going idle."""
    pool = Pool(2, 256, "test-pool")
    worker = Worker()
    pool._workers.add(worker)
    pool._running = 1
    assert pool._mark_stuck() == []
    worker.runs_seen = worker.runs
    pool._mark_stuck()
    assert (worker.stuck, pool._running) == (True, 0)
    pool.close()
    assert not pool._park(worker)
    assert (worker.stuck, pool._running) == (False, 0)
