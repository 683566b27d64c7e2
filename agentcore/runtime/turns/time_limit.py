"""The time limit of a coroutine that a turn awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from agentcore.protocol.chat_errors import ChatTimeoutError

__all__ = ["GRACE", "within"]

# An async def rule is cancelled so many seconds after its deadline, so that the initiator's timer,
# which gives the conversation's stop reason, goes off first.
GRACE = 0.05


async def within(coroutine: Coroutine[Any, Any, Any], seconds: float, agent: str) -> Any:
    """Await ``coroutine`` for ``seconds`` at most.

    Args:
        agent: the name of the agent that runs it, for the error.

    Raises:
        ChatTimeoutError: the time is over; the coroutine was cancelled.
    """
    # In the same task: in one of its own, as Python 3.11's ``wait_for`` makes, SystemExit would end
    # the event loop.
    try:
        async with asyncio.timeout(max(0.0, seconds)) as limit:
            return await coroutine
    except TimeoutError:
        if limit.expired():  # otherwise the coroutine itself raised it
            raise ChatTimeoutError("no time is left (timeout=)", agent=agent) from None
        raise
