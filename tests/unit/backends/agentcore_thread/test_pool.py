"""The worker pool of the thread backend: who runs what, and who stands in for whom."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentcore_thread import Latch, Pool
from agentcore_thread.pool import STREAK
from agentcore_thread.worker import Worker

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


@pytest.fixture
def pool() -> Iterator[Pool]:
    """A pool of two workers, closed after the test."""
    made = Pool(2, 256, "test-pool")
    yield made
    made.close()


@pytest.fixture
def single() -> Iterator[Pool]:
    """A pool of one worker: while a thread is lent to it, that thread is the one."""
    made = Pool(1, 256, "test-pool")
    yield made
    made.close()


def unwatched() -> Pool:
    """Make a pool of one worker that has no monitor to notice what it does not notice itself."""
    made = Pool(1, 1, "test-pool")
    made._watched.set()
    return made


def threads() -> list[threading.Thread]:
    """Give the threads of the pools of these tests."""
    return [each for each in threading.enumerate() if each.name.startswith("test-pool")]


# --- running -------------------------------------------------------------------------------------


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


# --- workers that do not come on -----------------------------------------------------------------


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


# --- lent threads --------------------------------------------------------------------------------


def test_a_lent_thread_runs_what_it_begins_until_its_latch_is_set(single: Pool) -> None:
    """The calling thread works as one of the pool's, and comes back when it has its answer."""
    ran: list[int] = []
    latch = Latch()

    def link(number: int) -> Any:
        ran.append(threading.get_ident())
        if number:
            return Does(lambda: link(number - 1))
        latch.set()
        return None

    single.lend(lambda: single.schedule(Does(lambda: link(100))), latch, lambda: None)
    assert latch.is_set
    assert len(ran) == 101
    assert set(ran) == {threading.get_ident()}


def test_a_lent_thread_comes_back_from_an_endless_chain(single: Pool) -> None:
    """Soon after its latch is set it leaves the rest to the pool's own workers."""
    latch, over = Latch(), threading.Event()
    ran: list[int] = []

    def link() -> Any:
        ran.append(threading.get_ident())
        latch.set()
        if ran[-1] != here:
            over.set()
            return None
        return Does(link)

    here = threading.get_ident()
    single.lend(lambda: single.schedule(Does(link)), latch, lambda: None)
    assert ran.count(here) <= STREAK
    assert over.wait(PATIENCE), "a worker takes it up where it was left"


def test_a_lent_thread_comes_back_when_there_is_no_more_to_do(single: Pool) -> None:
    """It waits for nothing: what comes later, the pool's own workers take."""
    latch = Latch()
    single.lend(lambda: None, latch, lambda: None)
    assert not latch.is_set


def test_whoever_lent_a_thread_learns_that_a_turn_holds_it_up(single: Pool) -> None:
    """``held_up`` is called while the turn goes on, once."""
    latch = Latch()
    told = threading.Event()
    calls: list[bool] = []

    def slow() -> None:
        calls.append(told.wait(PATIENCE))
        latch.set()

    times: list[int] = []

    def held_up() -> None:
        times.append(1)
        told.set()

    single.lend(lambda: single.schedule(Does(slow)), latch, held_up)
    assert calls == [True]
    assert times == [1]


def test_whoever_lent_a_thread_learns_that_a_turn_waits(single: Pool) -> None:
    """A turn that says itself that it blocks is told of at once, without a look."""
    latch, inner = Latch(), Latch()
    times: list[int] = []

    def held_up() -> None:
        times.append(1)
        inner.set()

    def waits() -> None:
        assert single.block(inner, PATIENCE)
        latch.set()

    single.lend(lambda: single.schedule(Does(waits)), latch, held_up)
    assert latch.is_set
    assert times == [1]


def test_a_lent_thread_is_no_worker_afterwards(single: Pool) -> None:
    """When it is back, what it waits for costs the pool nothing."""
    latch = Latch()
    single.lend(lambda: single.schedule(Does(latch.set)), latch, lambda: None)
    before = single._running
    ready = Latch()
    ready.set()
    assert single.block(ready, PATIENCE)
    assert single._running == before


# --- latches and the end -------------------------------------------------------------------------


def test_a_latch_says_whether_it_was_set_in_time() -> None:
    """A wait ends with the timeout, or with the latch; setting it twice is as setting it once."""
    latch = Latch()
    assert not latch.is_set
    assert not latch.wait(0)
    assert not latch.wait(-1)
    latch.set()
    latch.set()
    assert latch.is_set
    assert latch.wait(None)


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


# --- what a thread runs itself that waits for it ------------------------------------------------


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


def test_what_a_worker_waits_for_runs_on_its_own_thread_and_so_does_what_comes_of_it(
    single: Pool,
) -> None:
    """One after the other, until the latch is set; what is left then is anybody's."""
    ran: list[tuple[str, int]] = []
    left = threading.Event()

    def wait() -> int:
        latch = Latch()

        def note(name: str) -> None:
            ran.append((name, threading.get_ident()))

        def last() -> Does:
            note("last")
            latch.set()
            return Does(left.set)

        def first() -> Does:
            note("first")
            return Does(last)

        single.run_here([Does(first)], latch)
        assert not left.is_set()
        return threading.get_ident()

    here = in_a_worker(single, wait)
    assert ran == [("first", here), ("last", here)]
    assert left.wait(PATIENCE)


def test_a_thread_that_is_no_worker_leaves_it_to_those_that_are(pool: Pool) -> None:
    """It has no place in the pool that another could take."""
    idents: list[int] = []
    latch = Latch()

    def note() -> None:
        idents.append(threading.get_ident())
        latch.set()

    pool.run_here([Does(note)], latch)
    assert latch.wait(PATIENCE)
    assert idents != [threading.get_ident()]


def test_of_several_that_a_worker_waits_for_one_that_blocks_does_not_keep_the_others(
    single: Pool,
) -> None:
    """They meet at a barrier, which none of them passes alone."""
    meeting = threading.Barrier(3, timeout=PATIENCE)
    done = Count(3)

    def meet() -> None:
        meeting.wait()
        done.down()

    def wait() -> bool:
        latch = Latch()
        single.run_here([Does(meet)] * 3, latch)
        return done.reached()

    assert in_a_worker(single, wait)


def test_of_several_that_a_worker_waits_for_one_that_waits_does_not_keep_the_others(
    single: Pool,
) -> None:
    """The first waits for the last, in a wait of its own, or in what that has run here."""
    for waits_in in ("block", "run_here"):
        last = Latch()

        def first(waits_in: str = waits_in, last: Latch = last) -> None:
            if waits_in == "run_here":
                single.run_here([Does(lambda: None)] * 2, Latch())
            assert single.block(last, PATIENCE)

        def wait(first: Callable[[], None] = first, last: Latch = last) -> bool:
            single.run_here([Does(first), Does(lambda: None), Does(last.set)], Latch())
            return last.is_set

        began = time.monotonic()
        assert in_a_worker(single, wait)
        assert time.monotonic() - began < PATIENCE / 2


def test_a_worker_that_waits_takes_no_other_mail_of_what_it_waits_for(single: Pool) -> None:
    """What gives itself has more to do, and nobody knows for whom."""
    here: list[int] = []
    there = threading.Event()

    class Mailbox:
        """Has two things to do."""

        def run(self) -> Mailbox | None:
            """Do one of them."""
            here.append(threading.get_ident())
            if len(here) == 1:
                return self
            there.set()
            return None

    def wait() -> int:
        single.run_here([Mailbox()], Latch())
        assert len(here) == 1
        return threading.get_ident()

    assert in_a_worker(single, wait) == here[0]
    assert there.wait(PATIENCE)


def test_what_a_worker_waits_for_sees_nothing_of_its_context(single: Pool) -> None:
    """As little as it would on another thread, and what it sets is not seen either."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    seen: list[str] = []

    def wait() -> str:
        variable.set("the waiting one's")
        latch = Latch()

        def look() -> None:
            seen.append(variable.get())
            variable.set("the other's")

        single.run_here([Does(look)], latch)
        return variable.get()

    assert in_a_worker(single, wait) == "the waiting one's"
    assert seen == ["unset"]


def test_a_job_that_raises_where_it_is_waited_for_keeps_nobody(single: Pool) -> None:
    """It is a bug of ours that is logged; the waiting thread goes on."""

    def fail() -> None:
        raise ZeroDivisionError

    def wait() -> bool:
        single.run_here([Does(fail), Does(fail)], Latch())
        return True

    assert in_a_worker(single, wait)
