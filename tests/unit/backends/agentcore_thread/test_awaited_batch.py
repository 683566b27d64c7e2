"""What a worker runs itself, because it waits for it."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

from agentcore_thread import Latch, Pool
from tests.unit.backends.agentcore_thread.jobs import (
    PATIENCE,
    Count,
    Does,
    in_a_worker,
)


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
