"""Tools, predicates that approve of tool calls, and agents that have tools."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

from agentcore.base.errors import McpError
from agentcore.testing.conformance.agents.player import Player, last_content
from agentcore.tools.approval import ToolRequest
from agentcore.tools.decorator import Tool, tool

__all__ = [
    "Lessons",
    "Pollster",
    "Toolbox",
    "add",
    "add_later",
    "breaks",
    "only_small",
    "only_small_later",
    "shout",
]

PATIENCE = 20.0  # seconds that `meet` waits for the other call; a test that passes needs few


@tool
def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: one.
        b: the other.
    """
    return a + b


@tool
async def add_later(a: int, b: int) -> int:
    """Add two numbers in an ``async def`` tool."""
    await asyncio.sleep(0)
    return a + b


def shout(**arguments: Any) -> str:
    """Give ``HEY``, whatever the arguments are."""
    return "hey".upper()


def only_small(request: ToolRequest) -> Any:
    """Approve of calls whose arguments are all below 10; used as ``approve=``."""
    return all(value < 10 for value in request.arguments.values()) or "too large for me"


async def only_small_later(request: ToolRequest) -> Any:
    """Do what `only_small` does, as ``async def``."""
    return only_small(request)


def breaks(request: ToolRequest) -> Any:
    """Raise, in place of approving or refusing."""
    raise ValueError("nobody is there")


class Toolbox(Player):
    """Has methods that are tools, and a list of answers in place of a human who approves."""

    def __init__(
        self, name: str, llm: Any = None, answers: Sequence[str | None] = (), **options: Any
    ) -> None:
        super().__init__(name, llm, **options)
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.ran: list[str] = []
        self.barrier = threading.Barrier(2)
        self.later = asyncio.Barrier(2)

    def get_human_input(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0)

    @tool
    def note(self, word: str) -> str:
        """Write a word down."""
        self.ran.append(word)
        return f"noted {word}"

    @tool
    def break_down(self) -> str:
        """Fail."""
        raise ValueError("out of order")

    @tool
    def meet(self, who: str) -> str:
        """Wait until another call is here as well."""
        self.barrier.wait(PATIENCE)
        return f"{who} met"

    @tool
    async def meet_later(self, who: str) -> str:
        """Wait until another call is here as well, and hold no thread."""
        async with asyncio.timeout(PATIENCE):
            await self.later.wait()
        return f"{who} met"

    @tool
    def ask_peer(self, peer: str, question: str) -> str:
        """Ask another agent."""
        return last_content(self.send(question, peer))

    @tool
    async def ask_peer_later(self, peer: str, question: str) -> str:
        """Ask another agent, and hold no thread."""
        return last_content(await self.a_send(question, peer))

    @tool
    async def hang(self) -> str:
        """Never come back."""
        await asyncio.Event().wait()
        return "never"


class Pollster(Player):
    """Has a tool that asks many agents at once."""

    @tool
    def ask_around(self, peers: list[str]) -> str:
        """Ask several agents how they are."""
        return ", ".join(last_content(each) for each in self.ask_all("how are you?", peers))


class Lessons:
    """A source of tools, as servers are: each call of ``learn`` adds one, unless it fails."""

    def __init__(self) -> None:
        self.learned: list[str] = []
        self.closed = False

    async def tools(self) -> list[Any]:
        """Give the tools as they are now."""
        if self.closed:
            raise McpError("the school is closed")
        known = {"type": "object", "properties": {}}
        more = [Tool(name, f"Do {name}.", known, lambda: "done") for name in self.learned]
        return [self.learn, self.close, *more]

    def learn(self, what: str) -> str:
        """Learn to do something."""
        self.learned.append(what)
        return f"learned {what}"

    def close(self) -> str:
        """Close the school."""
        self.closed = True
        return "closed"
