"""What user code raised, as a value: what is caught, and what is a cancellation or Ctrl-C."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.runtime.raised import Raised, called, outcome_of, report_outcome
from agentcore.tools.threads import OwnThreads

KINDS = [ValueError, SystemExit, GeneratorExit, StopIteration, asyncio.CancelledError]


def raises(kind: type[BaseException]) -> Any:
    raise kind("broken")


async def raises_later(kind: type[BaseException]) -> Any:
    await asyncio.sleep(0)
    raise kind("broken")


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_function_raises_is_a_value(kind: type[BaseException]) -> None:
    """Whatever it means to tasks and generators."""
    outcome = called(lambda: raises(kind))
    assert type(outcome) is Raised
    assert type(outcome.error) is kind
    assert not outcome.interrupts
    assert called(lambda: "well") == "well"


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not StopIteration])
def test_what_a_coroutine_raises_is_a_value(kind: type[BaseException]) -> None:
    """A ``CancelledError`` too, if nobody cancelled the task."""
    outcome = asyncio.run(outcome_of(raises_later(kind)))
    assert type(outcome.error) is kind


def test_an_interrupt_is_one_on_the_main_thread_only() -> None:
    """No other thread is interrupted by Ctrl-C."""

    def interrupt() -> Any:
        return called(lambda: raises(KeyboardInterrupt))

    assert interrupt().interrupts
    assert not OwnThreads().submit(interrupt).result().interrupts
    assert asyncio.run(outcome_of(raises_later(KeyboardInterrupt))).interrupts


def test_a_cancellation_of_the_task_is_none_of_the_codes_own() -> None:
    """A deadline, or the end of the system, ends whoever awaits the code."""

    async def main() -> None:
        task = asyncio.create_task(outcome_of(asyncio.Event().wait()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await outcome_of(asyncio.Event().wait())

    asyncio.run(main())


def test_a_cancelled_future_of_the_codes_own_is_a_failure_of_the_code() -> None:
    """Also in a task that was cancelled before, and went on."""

    async def awaits_cancelled() -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    async def main() -> Any:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)
        return await outcome_of(awaits_cancelled())

    assert type(asyncio.run(main()).error) is asyncio.CancelledError


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not StopIteration])
def test_what_a_coroutine_raises_is_reported_and_leaves_no_task(kind: type[BaseException]) -> None:
    """The loop goes on; what would close whoever waits is reported as another error."""
    came: list[Any] = []

    async def both() -> None:
        await asyncio.create_task(
            report_outcome(raises_later(kind), lambda *each: came.append(each))
        )
        await asyncio.create_task(
            report_outcome(asyncio.sleep(0, "well"), lambda *e: came.append(e))
        )

    asyncio.run(both())
    (_, error), after = came
    assert type(error) is (RuntimeError if kind is GeneratorExit else kind)
    assert after == ("well", None)


def test_a_coroutine_that_is_closed_from_outside_reports_nothing() -> None:
    """As when the interpreter ends."""
    came: list[Any] = []

    async def begin() -> Any:
        running = report_outcome(asyncio.Event().wait(), lambda *each: came.append(each))
        running.send(None)
        return running

    asyncio.run(begin()).close()
    assert came == []
