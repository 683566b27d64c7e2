"""Handles on what was begun: a conversation, or a call of an agent's method.

A ref gives them, so they stand here, below the runtime. A handle knows its runtime only as a
`ChatWaiter`, and no ref at all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any, Protocol

import attrs

from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.transcript import ChatResult

__all__ = ["Chat", "ChatWaiter"]


class ChatWaiter(Protocol):
    """What a handle asks of the runtime: to wait, and to cancel."""

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Hold the calling thread until ``chat`` has stopped; ``None`` when the time is over."""

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Await that ``chat`` has stopped."""
        raise NotImplementedError

    def cancel(self, chat: Chat) -> None:
        """Stop what ``chat`` stands for."""


@attrs.define(eq=False)
class Chat:
    """A conversation that was begun: ask for its result, cancel it, or await it.

    ``await chat`` gives what ``chat.result()`` gives, without blocking the event loop.
    """

    _waiter: ChatWaiter
    _id: str
    _initiator: str
    _shown_from: int | None = None
    _outcome: Outcome | None = None
    _callbacks: list[Callable[[Outcome], None]] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def done(self) -> bool:
        """Say whether it has stopped."""
        return self._outcome is not None

    def result(self, timeout: float | None = None) -> ChatResult:
        """Wait until it has stopped, and give its result.

        Args:
            timeout: how long to wait, in seconds; the conversation itself goes on after that.

        Raises:
            ChatTimeoutError: the conversation's time ran out, or ``timeout`` did.
            ReplyError: a rule raised.
            AgentDiedError: an agent is gone.
        """
        outcome = self._waiter.wait_for(self, timeout)
        if outcome is None:
            raise ChatTimeoutError(
                f"the conversation of {self._initiator!r} has not stopped after "
                f"{timeout} s; it goes on (cancel() ends it)",
                agent=self._initiator,
            )
        value: ChatResult = outcome.get()
        return value

    def cancel(self) -> bool:
        """Stop it with the reason ``CANCELLED``; say whether it was still going on."""
        if self.done():
            return False
        self._waiter.cancel(self)
        return True

    def __await__(self) -> Generator[Any, None, ChatResult]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> ChatResult:
        outcome = await self._waiter.a_wait_for(self)
        value: ChatResult = outcome.get()
        return value

    def _finish(self) -> Any:
        """Wait for it as its only owner: an interrupt cancels it."""
        try:
            outcome = self._waiter.wait_for(self, None)
        except BaseException:
            self.cancel()
            raise
        assert outcome is not None
        return outcome.get()

    async def _a_finish(self) -> Any:
        """`_finish` for ``async def`` callers."""
        try:
            outcome = await self._waiter.a_wait_for(self)
        except asyncio.CancelledError:
            self.cancel()
            raise
        return outcome.get()

    def _settle(self, outcome: Outcome) -> None:
        with self._lock:
            if self._outcome is not None:
                return
            self._outcome = outcome
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(outcome)

    def _when_done(self, callback: Callable[[Outcome], None]) -> None:
        with self._lock:
            if self._outcome is None:
                self._callbacks.append(callback)
                return
        callback(self._outcome)
