"""Work that has to wait, written as a generator that does no I/O itself.

The generator yields an awaitable whenever it must wait. Whoever runs it sends the awaitable's
result back in, or throws its exception in; the generator's return value is the result of the whole.
One function so serves callers that block (`run_now`), callers that await (`run_async`), and turns,
which do either.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

__all__ = ["Steps", "awaiting", "close_coroutine", "run_async", "run_now", "soon"]

T = TypeVar("T")
Steps = Generator[Any, Any, Any]


async def awaiting(awaitable: Awaitable[T]) -> T:
    """Wrap any awaitable in a coroutine, for functions that take only coroutines."""
    return await awaitable


def close_coroutine(coroutine: Any) -> None:
    """Close a coroutine; if it was never begun, also those that it was to await.

    They were given to it, and nobody else knows of them: Python would warn that they were never
    awaited.
    """
    known = inspect.iscoroutine(coroutine)  # one of a compiled module may not be
    if known and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
        for value in coroutine.cr_frame.f_locals.values():
            if inspect.iscoroutine(value):
                close_coroutine(value)
    coroutine.close()


def run_now(steps: Steps, wait: Callable[[Any], Any]) -> Any:
    """Run a generator of steps to its end, blocking, and return its value.

    Args:
        wait: blocks until the awaitable that it is given is done, and returns its result or
            raises its exception.

    Raises:
        BaseException: whatever the generator raises.
    """
    try:
        wanted = next(steps)
        while True:
            try:
                value = wait(wanted)
            except BaseException as error:
                wanted = steps.throw(error)
            else:
                wanted = steps.send(value)
    except StopIteration as end:
        return end.value


async def run_async(
    steps: Steps, begin: Callable[[Any], Awaitable[Any]] = lambda wanted: wanted
) -> Any:
    """Run a generator of steps to its end, awaiting, and return its value.

    Args:
        begin: makes an awaitable of what the generator yields, if that is not one itself.

    Raises:
        BaseException: whatever the generator raises.
    """
    try:
        return await _go_on(steps, next(steps), begin)
    except StopIteration as end:
        return end.value


def soon(steps: Steps) -> Any:
    """Run steps until they must wait.

    Returns:
        their value, if they came to their end without waiting; otherwise a coroutine that runs the
        rest and returns it.
    """
    try:
        wanted = next(steps)
    except StopIteration as end:
        return end.value
    return _go_on(steps, wanted, lambda awaitable: awaitable)


async def _go_on(steps: Steps, wanted: Any, begin: Callable[[Any], Awaitable[Any]]) -> Any:
    try:
        while True:
            try:
                value = await begin(wanted)
            except BaseException as error:
                wanted = steps.throw(error)
            else:
                wanted = steps.send(value)
    except StopIteration as end:
        return end.value
