"""Options of a conversation that users get wrong."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    UserProxyAgent,
)


def user() -> UserProxyAgent:
    """A user who never answers."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_turns": "3"}, "max_turns is a whole number"),
        ({"timeout": "3"}, "timeout= is a number of seconds"),
        ({"sylent": True}, "did you mean 'silent'"),
    ],
    ids=str,
)
def test_a_chat_with_a_wrong_option_is_not_begun(
    agent_system: AgentSystem, options: dict[str, Any], words: str
) -> None:
    """The recipient has heard nothing."""
    agent = agent_system.spawn(ConversableAgent, "agent")
    with pytest.raises((TypeError, ValueError), match=words):
        user().initiate_chat(agent, "hello", silent=True, **options)
    assert agent.call("get_chat_messages", "user") == []
