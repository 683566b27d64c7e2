"""Replies that do not simply go back to the peer."""

from __future__ import annotations

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    Handoff,
    ReplyError,
    agent_reply,
)
from tests.unit.runtime.turns.waiting_agents import user


class Selfish(ConversableAgent):
    """Hands off to itself."""

    @agent_reply()
    def hand_off(self) -> tuple[bool, Handoff]:
        return True, Handoff(self.name)


def test_nobody_hands_off_to_themselves(agent_system: AgentSystem) -> None:
    """It would go round until the budget is spent."""
    agent = agent_system.spawn(Selfish, "selfish")
    with pytest.raises(ReplyError, match="handed off to itself"):
        user().initiate_chat(agent, "hello", silent=True)
