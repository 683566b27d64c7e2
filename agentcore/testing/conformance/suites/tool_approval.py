"""Conformance: who approves of tool calls."""

from __future__ import annotations

import pytest

from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents import toolbox
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox, add, breaks
from agentcore.testing.conformance.dialogue import ask
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ToolApproval"]


class ToolApproval:
    """``approve=``: a human, or a predicate."""

    def test_a_human_approves_or_says_why_not(self, system: AgentSystem) -> None:
        """The question shows the arguments, and the model is told of the refusal."""
        calls = [tool_call("add", str(n), a=n, b=n) for n in range(3)]
        model = ScriptedModel(*calls, "well")
        bot = system.spawn(
            Toolbox, "bot", model, ["yes", "no", "not on a sunday"],
            tools=[add], approve=True,
        )  # fmt: skip
        ask(bot, "go")
        assert [text for _, text in tool_results(model)] == [
            "0", "a human refused the call", "a human refused the call: not on a sunday",
        ]  # fmt: skip
        asked = bot.call("know", "prompts")
        assert asked[1].splitlines()[:3] == ["bot wants to call add:", "  a = 1", "  b = 1"]

    @pytest.mark.parametrize("name", ["only_small", "only_small_later"])
    def test_a_predicate_approves_or_says_why_not(self, system: AgentSystem, name: str) -> None:
        """Plain or ``async def``; it is asked about each call."""
        calls = [tool_call("add", "1", a=1, b=2), tool_call("add", "2", a=1, b=20)]
        model = ScriptedModel(calls, "well")
        bot = system.spawn(Player, "bot", model, tools=[add], approve=getattr(toolbox, name))
        ask(bot, "go")
        assert tool_results(model) == [
            ("1", "3"), ("2", "the call of add was refused: too large for me"),
        ]  # fmt: skip

    def test_a_predicate_that_raises_refuses(self, system: AgentSystem) -> None:
        """A call that was not approved does not run."""
        model = ScriptedModel(tool_call("note", word="x"), "well")
        bot = system.spawn(Toolbox, "bot", model, approve=breaks)
        ask(bot, "go")
        assert "approve= raised ValueError: nobody is there" in tool_results(model)[0][1]
        assert bot.call("know", "ran") == []
