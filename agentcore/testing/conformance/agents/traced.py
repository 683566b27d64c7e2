"""Agents and a model that note a context variable of who began the conversation."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from agentcore.protocol.model_api import Completion, ToolCall
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player
from agentcore.tools.decorator import tool

__all__ = ["REQUEST", "TellsRequest", "TracedAgent"]

OVER: Final = {"content": "fine", "metadata": {"TERMINATE": True}}

REQUEST: ContextVar[str] = ContextVar("request", default="none")


class TellsRequest:
    """A model that has a call made first, and then answers with the variable."""

    name = "tells"

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.asked = False

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Propose the call the first time."""
        if self.asked:
            return Completion(REQUEST.get())
        self.asked = True
        return Completion("", tool_calls=(self.call,))


class TracedAgent(Player):
    """Notes the variable in each rule, and after it has asked another agent.

    Args:
        asks: the agent that it asks before its model, if it has one, is asked.
        answers: whether it answers.
    """

    def __init__(
        self, name: str, llm: Any = None, asks: Any = None, answers: bool = True, **options: Any
    ) -> None:
        super().__init__(name, llm, **options)
        self.asks = asks
        self.answers = answers
        self.seen: list[str] = []

    @agent_reply()
    async def late(self) -> tuple[bool, Any]:
        if not self.answers:
            return True, None
        self.seen += ["rule", REQUEST.get()]
        if self.asks is not None:
            await self.a_send("well?", self.asks)
        self.seen += ["later", REQUEST.get()]
        return (False, None) if self.llm is not None else (True, OVER)

    @tool
    def note_request(self) -> str:
        """Note the variable."""
        self.seen += ["tool", REQUEST.get()]
        return "noted"
