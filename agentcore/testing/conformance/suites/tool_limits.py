"""Conformance: how many rounds of calls there may be."""

from __future__ import annotations

import pytest

from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import OVER, ask, said
from agentcore.testing.conformance.model_scripts import tool_call
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ToolLimits"]


class ToolLimits:
    """Rounds of calls keep to ``max_tool_rounds``, to the budget and to the deadline."""

    def test_rounds_are_bounded(self, system: AgentSystem) -> None:
        """The stop kind is ``MAX_TOOL_ROUNDS``; the last proposal is not run."""
        model = ScriptedModel(*[tool_call("note", word="x")] * 3)
        bot = system.spawn(Toolbox, "bot", model, max_tool_rounds=2)
        result = ask(bot, "go")
        assert (result.stop.kind, result.stop.agent) == ("MAX_TOOL_ROUNDS", "bot")
        assert "max_tool_rounds=" in result.stop.detail
        assert bot.call("know", "ran") == ["x", "x"]
        proposals = [entry for entry in result.transcript if entry.message.tool_calls]
        assert len(proposals) == 3

    def test_no_rounds_at_all_may_be_allowed(self, system: AgentSystem) -> None:
        """Then the first proposal stops the conversation."""
        model = ScriptedModel(tool_call("note", word="x"))
        bot = system.spawn(Toolbox, "bot", model, max_tool_rounds=0)
        assert ask(bot, "go").stop.kind == "MAX_TOOL_ROUNDS"
        assert bot.call("know", "ran") == []

    @pytest.mark.parametrize("max_turns", range(1, 9))
    def test_rounds_draw_on_the_budget_and_never_exceed_it(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """No transcript has more than ``max_turns`` messages, and the stop kind says so."""
        model = ScriptedModel(*[tool_call("note", word="x")] * 2, "done")
        bot = system.spawn(Toolbox, "bot", model)
        result = ask(bot, "go", max_turns=max_turns)
        model.checked = True
        assert len(result.transcript) <= max_turns
        # The answer is the sixth: with six, it is the last that may be said.
        assert result.stop.kind == ("MAX_TURNS" if max_turns < 7 else "NO_REPLY")
        rounds = min(2, (max_turns - 1) // 2)
        assert bot.call("know", "ran") == ["x"] * rounds

    @pytest.mark.parametrize("max_turns", range(1, 9))
    def test_what_a_tool_asks_draws_on_the_budget_too(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """Nothing is said beyond the budget, whatever the tool has left of it."""
        system.spawn(Says, "carol", OVER)
        model = ScriptedModel(tool_call("ask_peer", peer="carol", question="well?"), "fine")
        bot = system.spawn(Toolbox, "bot", model)
        result = ask(bot, "go", max_turns=max_turns)
        model.checked = True
        assert len(result.transcript) <= max_turns
        if max_turns < 6:
            assert result.stop.kind == "MAX_TURNS"

    def test_a_tool_that_never_comes_back_ends_with_its_conversation(
        self, system: AgentSystem
    ) -> None:
        """The agent can converse again after that."""
        model = ScriptedModel(tool_call("hang"), "back again")
        bot = system.spawn(Toolbox, "bot", model)
        with pytest.raises(ChatTimeoutError):
            ask(bot, "go", timeout=1.0)
        assert said(ask(bot, "go"))[-1] == "back again"
