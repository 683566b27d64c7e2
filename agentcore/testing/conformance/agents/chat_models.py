"""Models that never answer, or answer in odd ways."""

from __future__ import annotations

import asyncio
from typing import Any

from agentcore.protocol.model_api import Completion, Delta, Usage

__all__ = ["Odd", "Plain", "SaysThenCalls", "Stuck"]


class Stuck:
    """A model that never answers.

    Attributes:
        pieces: the pieces that its stream gives before it stops giving any.
        asked: how many requests there were.
        cancelled: how many requests were cancelled.
    """

    name = "stuck"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked = 0
        self.cancelled = 0

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Wait for ever."""
        self.asked += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Completion("never")

    async def stream(self, messages: Any, **options: Any) -> Any:
        """Give the pieces, then wait for ever."""
        for piece in self.pieces:
            yield Delta(piece)
        yield Delta(completion=await self.complete(messages))


class Odd:
    """A model whose answer has a wrong type."""

    name = "odd"

    def complete(self, messages: Any, **options: Any) -> Any:
        """Give a number, in place of a `Completion` or a text."""
        return 42


class Plain:
    """A model that answers with a plain text, which repeats the last message."""

    def complete(self, messages: Any, **options: Any) -> Any:
        """Repeat the last message."""
        return f"plain: {messages[-1]['content']}"


class SaysThenCalls:
    """A model that says something, calls a tool in the same answer, and then answers.

    Args:
        text: what it says first.
        call: the call.
        answer: what it says when it was shown the result, which is to be 3.
    """

    name = "says then calls"

    def __init__(self, text: str, call: Any, answer: str) -> None:
        self.text = text
        self.call = call
        self.answer = answer

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer at once, as it streams."""
        if messages[-1]["role"] == "tool":
            assert messages[-1]["content"] == "3"
            return Completion(self.answer, usage=Usage(1, 2))
        return Completion(self.text, tool_calls=(self.call,), usage=Usage(1, 1))

    async def stream(self, messages: Any, **options: Any) -> Any:
        """Give the text, and then the call."""
        whole = await self.complete(messages)
        yield Delta(whole.text)
        yield Delta(completion=whole)
