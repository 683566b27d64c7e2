"""One generator of steps serves callers that block and callers that await."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from agentcore.base.steps import Steps, awaiting, close_coroutine, run_async, run_now, soon


async def double(value: int) -> int:
    """Compute, after a pass of the event loop."""
    await asyncio.sleep(0)
    if value < 0:
        raise ValueError("negative")
    return 2 * value


def steps(*values: int) -> Steps:
    """Wait for the double of each, and come to their sum; a negative one counts as zero."""
    total = 0
    for value in values:
        try:
            total += yield double(value)
        except ValueError:
            total += 0
    return total


def test_steps_run_by_blocking_and_by_awaiting_alike() -> None:
    """An exception is thrown into them where it was waited for."""
    values = (1, -2, 3)
    assert run_now(steps(*values), asyncio.run) == 8
    assert asyncio.run(run_async(steps(*values))) == 8
    assert asyncio.run(soon(steps(*values))) == 8


def test_steps_that_never_wait_come_to_their_value_at_once() -> None:
    """There is nothing to await then."""
    assert soon(steps()) == 0
    assert run_now(steps(), pytest.fail) == 0
    assert asyncio.run(run_async(steps())) == 0


def test_what_steps_raise_reaches_the_caller() -> None:
    """By whichever way they are run."""

    def failing() -> Steps:
        yield double(1)
        raise KeyError("lost")

    for run in (
        lambda: run_now(failing(), asyncio.run),
        lambda: asyncio.run(run_async(failing())),
        lambda: asyncio.run(soon(failing())),
    ):
        with pytest.raises(KeyError, match="lost"):
            run()


def test_what_is_wanted_may_be_begun_by_the_caller() -> None:
    """Where steps yield no awaitables, but what stands for them."""

    def wanting() -> Steps:
        return (yield 21)

    def begin(wanted: Any) -> Any:
        return double(wanted)

    assert asyncio.run(run_async(wanting(), begin)) == 42


@pytest.mark.filterwarnings("error")
def test_closing_a_coroutine_that_was_never_begun_closes_what_it_was_given() -> None:
    """Python would warn of the inner one, which nobody else knows of."""

    async def inner() -> None:
        raise AssertionError("it was never to run")

    close_coroutine(awaiting(awaiting(inner())))
    gc.collect()
