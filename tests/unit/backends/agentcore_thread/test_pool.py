"""The pool: who runs what, who stands in for a worker that waits, and the end."""

from __future__ import annotations

import threading
from typing import Any

from agentcore_thread import Latch, Pool
from agentcore_thread.pool import STREAK
from tests.unit.backends.agentcore_thread.jobs import (
    PATIENCE,
    Count,
    Does,
    threads,
    unwatched,
)


def test_all_that_many_threads_schedule_runs_once(pool: Pool) -> None:
    """Nothing is lost, and nothing runs twice, whoever schedules it."""
    ran: list[tuple[int, int]] = []
    done = Count(8 * 500)

    def schedule(who: int) -> None:
        for number in range(500):

            def note(mark: tuple[int, int] = (who, number)) -> None:
                ran.append(mark)
                done.down()

            pool.schedule(Does(note))

    schedulers = [threading.Thread(target=schedule, args=(who,)) for who in range(8)]
    for each in schedulers:
        each.start()
    assert done.reached()
    assert sorted(ran) == [(who, number) for who in range(8) for number in range(500)]


def test_a_worker_runs_next_what_its_turn_gives(pool: Pool) -> None:
    """A chain of turns stays on one thread, and costs no hand-off."""
    ran: list[int] = []
    done = threading.Event()

    def link(number: int) -> Any:
        ran.append(threading.get_ident())
        if number:
            return Does(lambda: link(number - 1))
        done.set()
        return None

    pool.schedule(Does(lambda: link(10 * STREAK)))
    assert done.wait(PATIENCE)
    assert len(ran) == 10 * STREAK + 1
    assert len(set(ran)) == 1


def test_two_endless_chains_on_one_worker_both_go_on() -> None:
    """A worker gives a chain up for a while when others wait: none starves."""
    pool = Pool(1, 1, "test-pool")
    steps = {"a": 0, "b": 0}
    order: list[str] = []
    over = threading.Event()

    def link(name: str) -> Any:
        if over.is_set():
            return None
        steps[name] += 1
        order.append(name)
        if min(steps.values()) >= 5 * STREAK:
            over.set()
        return Does(lambda: link(name))

    begin = Count(1)

    def both() -> None:
        pool.schedule(Does(lambda: link("a")))
        pool.schedule(Does(lambda: link("b")))
        begin.down()

    pool.schedule(Does(both))
    try:
        assert begin.reached()
        assert over.wait(PATIENCE), steps
    finally:
        over.set()
        pool.close()
    longest = max(
        len(run) for run in "".join(order).replace("ab", "a b").replace("ba", "b a").split()
    )
    assert longest <= STREAK


def test_a_chain_that_is_alone_is_not_put_back(pool: Pool) -> None:
    """A streak yields to others only: with nobody in the queue it goes on for ever."""
    done = threading.Event()
    queued: list[int] = []

    def link(number: int) -> Any:
        queued.append(len(pool._queue))
        if number:
            return Does(lambda: link(number - 1))
        done.set()
        return None

    pool.schedule(Does(lambda: link(3 * STREAK)))
    assert done.wait(PATIENCE)
    assert set(queued) == {0}


def test_a_runnable_that_raises_does_not_end_its_worker() -> None:
    """Whatever a turn raises, the same thread takes the next one."""
    pool = Pool(1, 1, "test-pool")
    ran: list[int] = []
    done = threading.Event()

    def broken(error: BaseException) -> None:
        ran.append(threading.get_ident())
        raise error

    try:
        for error in (ValueError("broken"), SystemExit("broken"), KeyboardInterrupt()):
            pool.schedule(Does(lambda error=error: broken(error)))
        pool.schedule(Does(done.set))
        assert done.wait(PATIENCE)
    finally:
        pool.close()
    assert len(ran) == 3
    assert len(set(ran)) == 1


def test_a_worker_that_waits_is_replaced_at_once() -> None:
    """Ten turns that wait for what an eleventh does, on a pool of one worker, all go on."""
    pool = unwatched()
    latches = [Latch() for _ in range(10)]
    done = Count(10)

    def wait(latch: Latch) -> None:
        if pool.block(latch, PATIENCE):
            done.down()

    def set_all() -> None:
        for latch in latches:
            latch.set()

    for latch in latches:
        pool.schedule(Does(lambda latch=latch: wait(latch)))
    pool.schedule(Does(set_all))
    try:
        assert done.reached()
    finally:
        pool.close()


def test_a_worker_that_is_away_is_replaced_at_once() -> None:
    """Whatever a worker does under ``away`` holds up nobody."""
    pool = unwatched()
    free, done = threading.Event(), threading.Event()

    def wait() -> None:
        with pool.away():
            came = free.wait(PATIENCE)
        if came:
            done.set()

    pool.schedule(Does(wait))
    pool.schedule(Does(free.set))
    try:
        assert done.wait(PATIENCE)
    finally:
        pool.close()


def test_closing_ends_every_thread() -> None:
    """Workers that are idle, that were replaced and that look: all are gone."""
    before = set(threads())
    pool = Pool(2, 256, "test-pool")
    free, done = threading.Event(), Count(10)

    def stick() -> None:
        free.wait(PATIENCE)
        done.down()

    for _ in range(10):
        pool.schedule(Does(stick))
    pool.schedule(Does(free.set))
    assert done.reached()
    assert set(threads()) - before
    pool.close()
    assert set(threads()) == before


def test_a_pool_that_was_never_used_has_no_thread() -> None:
    """Threads are begun when there is work, and not before."""
    before = set(threads())
    pool = Pool(2, 256, "test-pool")
    assert set(threads()) == before
    pool.close()


def test_closing_waits_for_a_stuck_worker_no_longer_than_it_is_told() -> None:
    """A turn that never ends keeps nobody from closing, and ends its worker when it does end."""
    before = set(threads())
    pool = Pool(1, 1, "test-pool")
    begun, free = threading.Event(), threading.Event()

    def stick() -> None:
        begun.set()
        free.wait(PATIENCE)

    pool.schedule(Does(stick))
    assert begun.wait(PATIENCE)
    (worker,) = set(threads()) - before
    pool.close(timeout=0.01)
    assert worker.is_alive()
    free.set()
    worker.join(PATIENCE)
    assert not worker.is_alive()


def test_a_pool_can_be_closed_from_one_of_its_workers() -> None:
    """A turn may close the system that it is part of."""
    pool = Pool(1, 1, "test-pool")
    done = threading.Event()

    def close() -> None:
        pool.close()
        done.set()

    pool.schedule(Does(close))
    assert done.wait(PATIENCE)
