"""Waits of threads on which the tools of a turn run, when a model calls several at once.

A tool may send messages, as the turn itself may. But the turn runs on the event loop and has its
agent's only token there. So a tool's thread starts a task on that event loop, which waits in the
name of the turn, and blocks until the task is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from agentcore.base.errors import TurnError

__all__ = ["OVER", "WOULD_BLOCK", "ToolThreads"]

WOULD_BLOCK = (
    "this would block the event loop: in an async def rule, write await self.a_send(...), "
    "await self.a_initiate_chat(...) or await chat"
)
OVER = (
    "the turn that this was called in is over: it was answered, its time ran out, or what it is "
    "part of was cancelled"
)
LOOP_CHECK = 1.0  # seconds between checks whether the event loop was closed meanwhile


class ToolThreads:
    """Lets threads of tools wait on the event loop of their turn.

    Args:
        hold: the backend's `ActorBackend.hold_thread`.
    """

    __slots__ = ("_hold", "_loop", "_tasks")

    def __init__(self, hold: Callable[[Future[Any], float], bool]) -> None:
        self._hold = hold
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: tuple[asyncio.Task[Any], ...] = ()  # those that threads wait for

    def lend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Allow threads to start tasks on this event loop, on which the turn runs."""
        self._loop = loop

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the event loop of the turn, and block the calling tool's thread.

        Raises:
            TurnError: this would block an event loop, or the turn is over.
        """
        on_loop, loop = asyncio._get_running_loop() is not None, self._loop
        if loop is None or on_loop:
            coroutine.close()
            raise TurnError(WOULD_BLOCK if on_loop else OVER)
        future = asyncio.run_coroutine_threadsafe(self._as_task(coroutine), loop)
        while not self._hold(future, LOOP_CHECK):
            if loop.is_closed():  # the system was closed meanwhile
                raise TurnError(OVER)
        return future.result()

    async def _as_task(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        if self._loop is None:  # `take_back` was called since `wait` looked
            coroutine.close()
            raise TurnError(OVER)
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None
        self._tasks = (*self._tasks, task)
        try:
            return await coroutine
        finally:
            self._tasks = tuple([each for each in self._tasks if each is not task])

    async def take_back(self) -> None:
        """Let threads start no more tasks, and cancel those that run: the turn goes on."""
        self._loop = None
        tasks = self._tasks
        for task in tasks:
            task.cancel()
        if tasks:  # a cancelled task ends when the turn has its agent's token again
            await asyncio.wait(tasks)
