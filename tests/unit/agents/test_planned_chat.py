"""Sequences of chats: entries that users get wrong."""

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
    ("entry", "words"),
    [
        ({"max_turns": "3"}, "chat 1 of the sequence: max_turns"),
        ({"timeout": "3"}, "chat 1 of the sequence: timeout="),
        ({"carryover": 5}, "chat 1 of the sequence: carryover="),
        ({"until": 5}, "chat 1 of the sequence"),
        ({"summary_method": "best"}, "chat 1 of the sequence: summary_method"),
        ({"mesage": "x"}, "chat 1 of the sequence has no key 'mesage'"),
    ],
    ids=str,
)
def test_no_chat_of_a_sequence_is_begun_if_one_of_them_is_wrong(
    agent_system: AgentSystem, entry: dict[str, Any], words: str
) -> None:
    """The first is right, and is not held."""
    agent = agent_system.spawn(ConversableAgent, "agent")
    chats = [{"recipient": agent, "message": "one"}, {"recipient": agent, **entry}]
    with pytest.raises((TypeError, ValueError), match=words):
        user().initiate_chats(chats)
    assert agent.call("get_chat_messages", "user") == []
