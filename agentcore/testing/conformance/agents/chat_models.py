"""Models that never answer, or answer in odd ways."""

from __future__ import annotations

import asyncio
from typing import Any

from agentcore.models import Completion, Delta

__all__ = ["Odd", "Plain", "Stuck"]


class Stuck:
    """A model that never answers; ``cancelled`` once whoever asked it has given up.

    Attributes:
        pieces: what its stream says before it is stuck.
    """

    name = "stuck"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked = 0
        self.cancelled = 0

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Wait for what does not come."""
        self.asked += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Completion("never")

    async def stream(self, messages: Any, **options: Any) -> Any:
        """Say the pieces, then wait."""
        for piece in self.pieces:
            yield Delta(piece)
        yield Delta(completion=await self.complete(messages))


class Odd:
    """A model that answers what is no answer."""

    name = "odd"

    def complete(self, messages: Any, **options: Any) -> Any:
        """Give a number."""
        return 42


class Plain:
    """A model that answers with a str: what it heard."""

    def complete(self, messages: Any, **options: Any) -> Any:
        """Say it again."""
        return f"plain: {messages[-1]['content']}"
