"""ag2: a question and an answer of a model that has it ready."""

from __future__ import annotations

import asyncio
from typing import Any

from ag2 import Agent
from ag2.testing import TestConfig

from benchmarks.process import timed


def turns(count: int) -> float:
    """Ask so many questions, each in a conversation of its own; give microseconds a turn."""
    # Its own double of a model: each conversation reads the script from its beginning.
    agent = Agent("bot", "You answer.", config=TestConfig("pong"))

    async def ask() -> list[Any]:
        return [(await agent.ask("ping")).body for _ in range(count)]

    with asyncio.Runner() as runner:
        runner.run(asyncio.sleep(0))
        answers, seconds = timed(lambda: runner.run(ask()))
    assert answers == ["pong"] * count
    return seconds / count * 1e6
