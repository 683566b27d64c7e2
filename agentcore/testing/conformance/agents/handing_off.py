"""An agent that hands conversations over to others."""

from __future__ import annotations

from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = ["Hands"]


class Hands(Player):
    """Hands over what it hears, to the first of ``to`` the first time, and so on; then answers.

    Args:
        to: names; each may be a pair of a name and what is said.
    """

    def __init__(self, name: str, *to: Any, answer: Any = None, **options: Any) -> None:
        super().__init__(name, **options)
        self.to = list(to)
        self.answer = answer

    @agent_reply()
    def hand(self, raw_message: Message) -> tuple[bool, Any]:
        if self.to:
            to = self.to.pop(0)
            return True, Handoff(*((to,) if isinstance(to, str | AgentRef) else to))
        return True, self.answer
