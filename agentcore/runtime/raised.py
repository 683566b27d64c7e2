"""What the user's code raised, kept as a value where it may end nothing else.

``SystemExit`` and ``KeyboardInterrupt`` that leave a task end its event loop, ``GeneratorExit``
closes the generators that it is thrown into, ``CancelledError`` is taken for a cancellation of
whoever awaits, and ``StopIteration`` cannot be put into a future. So they are caught where the
user's code was called, and handed on as a `Raised`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import attrs

__all__ = ["Raised", "called", "is_interrupt", "outcome_of", "report_outcome"]


def is_interrupt(error: BaseException) -> bool:
    """Whether an exception, just caught, may be the Ctrl-C of whoever runs the program.

    Python raises that in the main thread. What looks like it in another thread was raised by code.
    """
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
    )


@attrs.frozen
class Raised:
    """An exception of the user's code.

    Attributes:
        error: the exception.
        interrupts: whether it may be the user's Ctrl-C, so that it has to be raised after all.
    """

    error: BaseException
    interrupts: bool

    @staticmethod
    def just(error: BaseException) -> Raised:
        """Keep an exception on the thread that it was raised in."""
        return Raised(error, is_interrupt(error))


def called(function: Callable[[], Any]) -> Any:
    """Call a function of the user's; give what it returned, or what it `Raised`."""
    try:
        return function()
    except BaseException as error:
        return Raised.just(error)


async def outcome_of(awaitable: Awaitable[Any]) -> Any:
    """Await something of the user's; give its value, or what it `Raised`.

    Raises:
        CancelledError: the task that awaits was cancelled.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        return await awaitable
    except asyncio.CancelledError as error:
        if task.cancelling() > before:
            raise
        return Raised.just(error)  # a future of its own was cancelled
    except BaseException as error:
        return Raised.just(error)


async def report_outcome(
    coroutine: Coroutine[Any, Any, Any], done: Callable[[Any, BaseException | None], object]
) -> None:
    """Await a coroutine, and call ``done`` with its value and what it raised.

    Event loops of backends run coroutines by this, in a task of its own: nothing that they raise
    leaves the task, where it would end the loop. If the interpreter ends, ``done`` is not called.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    try:
        value = await coroutine
    except GeneratorExit as error:
        if asyncio.current_task(loop) is not task:
            raise  # it is closed from outside, so that nobody waits for ``done``
        # As with StopIteration: thrown into whoever waits, it would close that.
        failure = RuntimeError("coroutine raised GeneratorExit")
        failure.__cause__ = error
        done(None, failure)
    except BaseException as error:
        done(None, error)
    else:
        done(value, None)
