"""The time limit of a coroutine: what it raises when the time is over."""

from __future__ import annotations

import asyncio

import pytest

from agentcore import ChatTimeoutError
from agentcore.runtime.turns.time_limit import within


def test_a_coroutine_that_takes_too_long_is_told_from_one_that_raises_a_timeout() -> None:
    """A chat whose time is over ends with ``DEADLINE``, also where the worker sees it first."""

    async def never() -> None:
        await asyncio.Event().wait()

    async def raises() -> None:
        raise TimeoutError("of its own")

    async def gives() -> int:
        return 7

    with pytest.raises(ChatTimeoutError, match="no time is left") as caught:
        asyncio.run(within(never(), 0.01, "bot"))
    assert caught.value.agent == "bot"
    with pytest.raises(TimeoutError, match="of its own"):
        asyncio.run(within(raises(), 60, "bot"))
    assert asyncio.run(within(gives(), 60, "bot")) == 7
