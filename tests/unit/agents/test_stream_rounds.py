"""Calls within a stream: the model is shown what it would be shown in a turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, connect
from agentcore.models import ToolCall
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.chat_models import SaysThenCalls
from agentcore.testing.conformance.agents.toolbox import add
from agentcore.testing.conformance.dialogue import ask


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """Give a system on threads."""
    with connect("thread") as system:
        yield system


def test_policy_and_hooks_hold_for_the_answer_after_the_calls(system: AgentSystem) -> None:
    """Each sees the question first, and then the call and its result too."""
    kept: list[list[str]] = []
    hooked: list[list[str]] = []

    def policy(messages: list[dict[str, Any]], model: Any) -> list[dict[str, Any]]:
        kept.append([each["role"] for each in messages])
        return messages

    def hook(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        hooked.append([each["role"] for each in messages])
        return messages

    model = SaysThenCalls("let me see: ", ToolCall.of("1", "add", a=1, b=2), "it is 3")
    bot = ConversableAgent("bot", model, stream=True, tools=[add], history_policy=policy)
    bot.register_hook("before_model", hook)
    user = Says("user", None)
    stream = ask(bot, "1+2?", user).transcript[-1].metadata["stream_id"]
    assert "".join(text for text, _ in user.get_agent_stream_messages(bot, stream)).endswith("3")
    assert kept == hooked == [["user"], ["user", "assistant", "tool"]]
