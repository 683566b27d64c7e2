"""Conformance: what a model puts into its calls comes back to it, and to no other model."""

from __future__ import annotations

from typing import Any

from agentcore.protocol.model_api import Completion, ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import add
from agentcore.testing.conformance.dialogue import ask
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ModelFields"]

SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
THOUGHT = {"reasoning_content": "I should add.", "reasoning_details": [{"type": "text"}]}


def proposal(id: str = "1") -> Completion:
    """Make an answer that proposes a signed call."""
    call = ToolCall(id, "add", '{"a": 1, "b": 2}', extra=SIGNED)
    return Completion("", (call,), "tool_calls", extra=THOUGHT)


def proposals(model: ScriptedModel, call: int = -1) -> list[dict[str, Any]]:
    """Give the proposals that a model was shown; by default in the last request."""
    return [dict(each) for each in model.calls[call].messages if each.get("tool_calls")]


class ModelFields:
    """Fields that only one model knows, such as signatures of its thoughts."""

    def test_fields_of_a_model_are_sent_back_to_it(self, system: AgentSystem) -> None:
        """In the same turn, and in later ones."""
        model = ScriptedModel(proposal(), "3", "still 3", name="signing")
        bot = system.spawn(Player, "bot", model, tools=[add])
        user = Says("user", None)
        ask(bot, "1 + 2?", user)
        ask(bot, "sure?", user, clear_history=False)
        for request in (1, 2):
            (shown,) = proposals(model, request)
            assert shown["tool_calls"][0]["extra_content"] == SIGNED["extra_content"]
            assert {key: shown[key] for key in THOUGHT} == THOUGHT

    def test_they_come_back_from_an_executor(self, system: AgentSystem) -> None:
        """It may live in another process."""
        runner = system.spawn(Player, "runner", tools=[add])
        model = ScriptedModel(proposal(), "3", name="signing")
        ask(system.spawn(Player, "bot", model, executor=runner), "1 + 2?")
        (shown,) = proposals(model)
        assert shown["tool_calls"][0]["extra_content"] == SIGNED["extra_content"]
        assert shown["reasoning_content"] == THOUGHT["reasoning_content"]

    def test_another_model_is_not_sent_them(self, system: AgentSystem) -> None:
        """A server refuses what it does not know."""
        first = ScriptedModel(proposal(), "3", name="first")
        other = ScriptedModel("still 3", name="other")
        bot = system.spawn(Player, "bot", first, tools=[add])
        user = Says("user", None)
        ask(bot, "1 + 2?", user)
        bot.call("learn", "llm", other)
        ask(bot, "sure?", user, clear_history=False)
        (shown,) = proposals(other)
        assert set(shown) == {"role", "content", "tool_calls"}
        assert set(shown["tool_calls"][0]) == {"id", "type", "function"}
