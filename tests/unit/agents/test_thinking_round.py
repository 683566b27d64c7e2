"""Rounds of tool calls: what the model, the transcript and the budget see of them."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, StopKind, UserProxyAgent, agent_reply, tool
from agentcore.agents.thinking_round import proposal_of
from agentcore.models import Completion, ToolCall, Usage
from agentcore.testing import ScriptedModel


class Adder(ConversableAgent):
    """Adds two numbers with a tool."""

    @tool
    def add(self, a: int, b: int) -> int:
        """Add two numbers."""
        return a + b


class Refuses(ConversableAgent):
    """Answers everything with a text, and runs no tool."""

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        return True, "I run nothing"


def ask(agent: Any, **options: Any) -> Any:
    """Ask an agent, as a user who answers nothing."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(agent, "2 + 3?", silent=True, **options)


def test_a_proposal_has_the_calls_and_what_they_cost() -> None:
    """And the model's words, where it said any."""
    call = ToolCall.of("1", "add", a=2, b=3)
    message = proposal_of(Completion("Let me see.", [call], "tool_calls", Usage(10, 5)))  # type: ignore[arg-type]
    assert message.content == "Let me see."
    assert [dict(each) for each in message.tool_calls] == [call.as_dict()]
    assert message.metadata["usage"]["total_tokens"] == 15
    assert proposal_of(Completion(tool_calls=[call])).content is None  # type: ignore[arg-type]


def test_calls_without_an_id_of_their_own_get_one() -> None:
    """Results are told apart by it."""
    calls = [ToolCall(id, "add") for id in ("", "1", "1", "")]
    message = proposal_of(Completion(tool_calls=calls))  # type: ignore[arg-type]
    ids = [call["id"] for call in message.tool_calls]
    assert len(set(ids)) == 4
    assert all(ids)
    assert "1" in ids


def test_a_round_is_in_the_transcript_and_costs_two_turns(agent_system: AgentSystem) -> None:
    """The proposal and its results are what the agent says to itself."""
    model = ScriptedModel(ToolCall.of("1", "add", a=2, b=3), "It is 5.")
    result = ask(agent_system.spawn(Adder, "adder", model))
    assert [(e.sender, e.recipient, e.depth) for e in result.transcript] == [
        ("user", "adder", 0),
        ("adder", "adder", 1),
        ("adder", "adder", 1),
        ("adder", "user", 0),
    ]
    assert result.transcript[2].content == "5"


@pytest.mark.parametrize(("max_turns", "messages"), [(2, 1), (3, 3)])
def test_calls_are_run_only_if_two_turns_are_left(
    agent_system: AgentSystem, max_turns: int, messages: int
) -> None:
    """One for the proposal, and one for the results; here the answer finds none any more."""
    model = ScriptedModel(ToolCall.of("1", "add", a=2, b=3), then="It is 5.")
    result = ask(agent_system.spawn(Adder, "adder", model), max_turns=max_turns)
    assert result.stop.kind is StopKind.MAX_TURNS
    assert len(result.transcript) == messages


def test_an_executor_runs_the_calls_in_a_conversation(agent_system: AgentSystem) -> None:
    """It gets the proposal, and its results go to the model."""
    runner = agent_system.spawn(Adder, "runner")
    model = ScriptedModel(ToolCall.of("1", "add", a=2, b=3), "It is 5.")
    thinker = agent_system.spawn(ConversableAgent, "thinker", model, executor=runner)
    result = ask(thinker)
    assert [(e.sender, e.recipient) for e in result.transcript] == [
        ("user", "thinker"),
        ("thinker", "runner"),
        ("runner", "thinker"),
        ("thinker", "user"),
    ]
    assert model.calls[1].messages[-1] == {"role": "tool", "tool_call_id": "1", "content": "5"}


def test_the_model_is_told_that_an_executor_ran_nothing(agent_system: AgentSystem) -> None:
    """A proposal without results would be refused by its server."""
    runner = agent_system.spawn(Refuses, "runner")
    model = ScriptedModel(ToolCall.of("1", "add", a=2, b=3), "I do not know.")
    thinker = agent_system.spawn(ConversableAgent, "thinker", model, executor=runner)
    assert ask(thinker).last_message.content == "I do not know."
    told = model.calls[1].messages[-1]
    assert told["role"] == "tool"
    assert "runner ran nothing: it said 'I run nothing'" in told["content"]
