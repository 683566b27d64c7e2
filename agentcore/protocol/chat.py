"""Handles of work under way: a conversation that was begun, or a call of an agent's method.

Methods of refs return handles, so this file is below the runtime in the order of imports, and knows
the runtime only as a `ChatWaiter`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import attrs

from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.transcript import ChatResult

__all__ = ["Chat", "ChatWaiter"]


class ChatWaiter(Protocol):
    """What a handle uses of the runtime: to wait, and to cancel."""

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Block the calling thread until ``chat`` has stopped.

        Returns:
            ``None`` if it has not after ``timeout`` seconds.
        """

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Wait until ``chat`` has stopped, without blocking a thread."""
        raise NotImplementedError

    def cancel(self, chat: Chat) -> None:
        """Stop the conversation or call that ``chat`` is the handle of."""


@attrs.define(eq=False)
class Chat:
    """The handle of a conversation that ``start_chat`` began: wait for its result, or cancel it.

    In ``async def`` code, ``await chat`` gives what ``chat.result()`` gives, and does not block the
    event loop. When a task that awaits it is cancelled, and nobody else waits for it, the
    conversation is cancelled too; to let it go on, write ``await asyncio.shield(chat)``::

        chat = alice.start_chat(bob, "What is 6 x 7?")
        ...  # meanwhile
        result = chat.result(timeout=60.0)
    """

    _waiter: ChatWaiter
    _id: str
    _initiator: str
    _shown_from: int | None = None
    _outcome: Outcome | None = None
    _callbacks: list[Callable[[Outcome], None]] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _waiters: int = 0

    def done(self) -> bool:
        """Whether the conversation has stopped."""
        return self._outcome is not None

    def result(self, timeout: float | None = None) -> ChatResult:
        """Wait until the conversation has stopped, and give its result.

        Args:
            timeout: how long to wait, in seconds; after that the conversation itself goes on.
                ``None`` waits as long as it takes.

        Raises:
            ChatTimeoutError: the conversation's time ran out, or ``timeout`` is over.
            ReplyError: a rule raised.
            AgentDiedError: an agent was closed, or its process ended.
        """
        with self._waits():
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
        """Stop the conversation with the reason ``CANCELLED``, and what its agents do for it.

        A request to a model, an ``async def`` rule and nested conversations are cancelled at once.
        A rule or tool that runs in a thread cannot be interrupted: its agent is free once it
        returns, and nothing comes of what it returned.

        Returns:
            whether it was still going on.
        """
        if self.done():
            return False
        self._waiter.cancel(self)
        return True

    def __await__(self) -> Generator[Any, None, ChatResult]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> ChatResult:
        with self._waits():
            try:
                outcome = await self._waiter.a_wait_for(self)
            except asyncio.CancelledError:
                if self._waiters == 1:  # nobody else wants it
                    self.cancel()
                raise
        value: ChatResult = outcome.get()
        return value

    @contextmanager
    def _waits(self) -> Iterator[None]:
        with self._lock:
            self._waiters += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiters -= 1

    def _finish(self) -> Any:
        """Wait for it; if that is interrupted, cancel it, since nobody else has the handle."""
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
