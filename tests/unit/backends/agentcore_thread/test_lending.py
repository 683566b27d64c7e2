"""Threads that are lent to the pool until what they wait for has come."""

from __future__ import annotations

import threading
from typing import Any

from agentcore_thread import Latch, Pool
from agentcore_thread.pool import STREAK
from tests.unit.backends.agentcore_thread.jobs import (
    PATIENCE,
    Does,
)


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
