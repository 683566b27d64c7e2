"""What takes several steps, written as generators without I/O.

They yield what is to be awaited, and are sent what came of it, or have thrown into them what it
raised; their value is what they come to. So one text serves callers that block, callers that
await, and turns, which do the one or the other as it comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

__all__ = ["Steps", "awaiting", "run_async", "run_now", "soon"]

T = TypeVar("T")
Steps = Generator[Any, Any, Any]


async def awaiting(awaitable: Awaitable[T]) -> T:
    """Make a coroutine of whatever can be awaited."""
    return await awaitable


def run_now(steps: Steps, wait: Callable[[Any], Any]) -> Any:
    """Take steps to their end, and give what they come to.

    Args:
        wait: blocks until what it is given is done, and gives what came of it.
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
    """Take steps to their end, awaiting what is to be awaited.

    Args:
        begin: gives what to await for what they want, where that is no awaitable itself.
    """
    try:
        return await _go_on(steps, next(steps), begin)
    except StopIteration as end:
        return end.value


def soon(steps: Steps) -> Any:
    """Take steps up to what is to be awaited: give what they come to, or a coroutine for it."""
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
