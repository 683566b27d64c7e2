"""The event loop's thread: what ends it, what does not, and what becomes of those who wait."""

from __future__ import annotations

import asyncio
import errno
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, agent_reply, connect
from agentcore.errors import ChatTimeoutError, SystemClosedError
from agentcore_thread.event_loop import EventLoopThread
from tests.unit.backends.agentcore_thread.thread_agents import PATIENCE, Says, Silent


@pytest.fixture
def broken() -> list[BaseException]:
    """What the loop of the test broke by."""
    return []


@pytest.fixture
def loop(broken: list[BaseException]) -> Iterator[EventLoopThread]:
    """A loop on a thread of its own."""
    made = EventLoopThread("test", broken.append)
    yield made
    made.close()


def begin(loop: EventLoopThread, coroutine: Any) -> Future[Any]:
    """Have the loop run a coroutine."""
    outcome: Future[Any] = Future()

    def done(value: Any, error: BaseException | None) -> None:
        if error is None:
            outcome.set_result(value)
        else:
            outcome.set_exception(error)

    loop.run_coroutine(coroutine, done)
    return outcome


async def answer() -> str:
    return "well"


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("raised", [None, ValueError, SystemExit])
def test_what_is_open_on_the_loop_is_closed_with_it(
    loop: EventLoopThread, raised: type[BaseException] | None
) -> None:
    """Clients of models close their connections so; another loop could not do it for them."""
    closed: list[str] = []

    async def holds() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0)
            closed.append("closed")
            if raised is not None:
                raise raised

    generator = holds()

    async def open_it() -> None:
        await anext(generator)

    begin(loop, open_it()).result(PATIENCE)
    loop.close()
    assert closed == ["closed"]


def exit_in_callback(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(sys.exit)


def interrupt_in_callback(loop: asyncio.AbstractEventLoop) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    loop.call_soon(interrupt)


def exit_in_task(loop: asyncio.AbstractEventLoop) -> None:
    async def exits() -> None:
        sys.exit(2)

    loop.create_task(exits()).add_done_callback(lambda task: task.exception())


def stop(loop: asyncio.AbstractEventLoop) -> None:
    loop.stop()


def stop_twice(loop: asyncio.AbstractEventLoop) -> None:
    loop.stop()
    loop.call_soon(loop.stop)


HARM = [exit_in_callback, interrupt_in_callback, exit_in_task, stop, stop_twice]


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_nothing_that_runs_on_the_loop_ends_it(
    loop: EventLoopThread, broken: list[Any], harm: Callable[[Any], None]
) -> None:
    """What was begun before goes on, timers go off, and more can be begun."""

    async def do_harm() -> str:
        harm(asyncio.get_running_loop())
        for _ in range(5):
            await asyncio.sleep(0)
        return "done"

    rang = threading.Event()
    loop.call_later(0.05, rang.set)
    assert begin(loop, do_harm()).result(PATIENCE) == "done"
    assert begin(loop, answer()).result(PATIENCE) == "well"
    assert rang.wait(PATIENCE)
    assert not broken


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, ValueError])
def test_what_a_coroutine_raises_is_reported(
    loop: EventLoopThread, error: type[BaseException]
) -> None:
    """``GeneratorExit`` as a ``RuntimeError``: thrown into whoever waits, it would close that."""

    async def raises() -> None:
        raise error("broken")

    failure = begin(loop, raises()).exception(PATIENCE)
    assert type(failure) is (RuntimeError if error is GeneratorExit else error)
    assert begin(loop, answer()).result(PATIENCE) == "well"


def test_a_coroutine_that_the_interpreter_closes_reports_nothing(loop: EventLoopThread) -> None:
    """At its exit nobody waits, and what is reported would run code in what is left of it."""
    begun = threading.Event()

    async def waits() -> None:
        begun.set()
        await asyncio.Event().wait()

    outcome = begin(loop, waits())
    assert begun.wait(PATIENCE)
    assert begin(loop, answer()).result(PATIENCE) == "well"  # by now it is suspended
    (task,) = [each for each in loop._tasks if not each.done()]
    task.get_coro().close()
    assert not outcome.done()


def break_down(loop: asyncio.AbstractEventLoop) -> None:
    """Have the loop's next look at its files fail, as after ``os.closerange``."""

    def select(timeout: float | None = None) -> Any:
        raise OSError(errno.EBADF, "Bad file descriptor")

    loop._selector.select = select  # type: ignore[attr-defined]


def test_a_loop_that_breaks_fails_what_it_ran_and_what_comes_later(
    loop: EventLoopThread, broken: list[BaseException]
) -> None:
    """Nobody waits for ever; a timer that is begun later just never goes off."""

    async def breaks() -> None:
        break_down(asyncio.get_running_loop())
        await asyncio.Event().wait()

    waits = begin(loop, forever())
    assert isinstance(begin(loop, breaks()).exception(PATIENCE), SystemClosedError)
    assert isinstance(waits.exception(PATIENCE), SystemClosedError)
    assert isinstance(begin(loop, answer()).exception(PATIENCE), SystemClosedError)
    assert len(broken) == 1
    loop.call_later(0.0, lambda: None).cancel()


def test_what_ignores_its_cancellation_is_reported_when_the_loop_is_closed(
    loop: EventLoopThread,
) -> None:
    """The loop does not wait for it for long."""
    begun = threading.Event()

    async def ignores() -> None:
        while True:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    waits = begin(loop, ignores())
    assert begun.wait(PATIENCE)
    loop.close()
    assert isinstance(waits.exception(PATIENCE), SystemClosedError)


class Breaks(ConversableAgent):
    """Breaks the event loop in its turn."""

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        break_down(asyncio.get_running_loop())
        await asyncio.Event().wait()
        return True, None


class Hangs(ConversableAgent):
    """Awaits what never comes."""

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        await asyncio.Event().wait()
        return True, None


def test_a_system_whose_loop_breaks_is_closed_and_whoever_waits_is_told() -> None:
    """At once, with a typed error that says why; ``close`` ends the threads as ever."""
    before = set(threading.enumerate())
    system = connect("thread")
    alice, hangs, breaks = Silent("alice"), system.spawn(Hangs, "hangs"), system.spawn(Breaks, "b")
    waits = alice.start_chat(hangs, "hello", silent=True)
    with pytest.raises(SystemClosedError, match=r"event loop .* broke: OSError"):
        Silent("carol").initiate_chat(breaks, "hello", silent=True)
    with pytest.raises(SystemClosedError, match="broke"):
        waits.result(PATIENCE)
    with pytest.raises(SystemClosedError):
        system.spawn(Says, "late")
    system.close()
    assert not {each for each in set(threading.enumerate()) - before if each.is_alive()}


class BlocksTheLoop(ConversableAgent):
    """Blocks the event loop until it is freed."""

    free = threading.Event()

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        self.free.wait(PATIENCE)
        return True, None


def test_time_runs_out_although_a_rule_blocks_the_event_loop(system: AgentSystem) -> None:
    """Timers have a thread of their own."""
    blocks = system.spawn(BlocksTheLoop, "blocks")
    began = time.monotonic()
    try:
        with pytest.raises(ChatTimeoutError):
            Silent("alice").initiate_chat(blocks, "hello", silent=True, timeout=0.05)
        assert time.monotonic() - began < PATIENCE / 2
    finally:
        BlocksTheLoop.free.set()


def test_a_coroutine_is_reported_once_whenever_it_is_cancelled(loop: EventLoopThread) -> None:
    """Before it has begun, so that nothing of it runs; while it waits; and after its end."""
    reports: list[Any] = []
    over = threading.Semaphore(0)

    def done(value: Any, error: BaseException | None) -> None:
        reports.append((value, type(error)))
        over.release()

    blocked, ran = threading.Event(), list[str]()

    async def block() -> None:
        assert blocked.wait(PATIENCE)

    async def late() -> None:
        ran.append("late")

    loop.run_coroutine(block(), lambda value, error: None)
    loop.run_coroutine(late(), done)()  # cancelled while the loop is at something else
    blocked.set()
    assert over.acquire(timeout=PATIENCE)
    begun = threading.Event()

    async def waits() -> None:
        begun.set()
        await forever()

    cancel = loop.run_coroutine(waits(), done)
    assert begun.wait(PATIENCE)
    cancel()
    assert over.acquire(timeout=PATIENCE)
    cancel = loop.run_coroutine(answer(), done)
    assert over.acquire(timeout=PATIENCE)
    cancel()
    begin(loop, answer()).result(PATIENCE)
    cancelled = (None, asyncio.CancelledError)
    assert (reports, ran) == ([cancelled, cancelled, ("well", type(None))], [])
