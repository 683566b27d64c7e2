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
    """Hands the conversation off in its first turns, and answers in all further turns.

    Args:
        to: to whom, one for each turn: a name or a ref, or a pair of it and the message.
        answer: the answer in the turns after those.
        options: further arguments of the agent.
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
