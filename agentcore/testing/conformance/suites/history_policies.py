"""Conformance: what a model is shown of a long history."""

from __future__ import annotations

from typing import Any

from agentcore.agents.history_policies import keep_last, summarise
from agentcore.protocol.model_api import Completion, ToolCall, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.model_users import loudly, two_at_the_end
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import add
from agentcore.testing.conformance.dialogue import ask
from agentcore.testing.conformance.model_scripts import shown
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["HistoryPolicies"]


class HistoryPolicies:
    """``history_policy=``: the last messages, a summary, or the user's own function."""

    def converse(self, system: AgentSystem, model: Any, turns: int, **options: Any) -> Any:
        """Let a user say ``0``, ``1``, ... to an agent, whose model answers each."""
        bot = system.spawn(Player, "bot", model, system_message="Count.", **options)
        user = Says("user", None)
        return [
            ask(bot, str(number), user, clear_history=number == 0).last_message
            for number in range(turns)
        ]

    def test_keep_last_shows_the_end_and_says_so(self, system: AgentSystem) -> None:
        """The reply's metadata says how many of how many messages the model was shown."""
        model = ScriptedModel(*"abc")
        answers = self.converse(system, model, 3, history_policy=keep_last(2))
        assert shown(model) == [("system", "Count."), ("assistant", "b"), ("user", "2")]
        assert "history" not in answers[0].metadata
        assert dict(answers[2].metadata["history"]) == {"shown": 2, "of": 5}

    def test_keep_last_keeps_calls_and_their_results_together(self, system: AgentSystem) -> None:
        """Models refuse the result of a tool call without the call."""
        calls = [ToolCall.of("a", "add", a=1, b=2), ToolCall.of("b", "add", a=3, b=4)]
        model = ScriptedModel(calls, "done", "again")
        self.converse(system, model, 2, tools=[add], history_policy=keep_last(3))
        assert [role for role, _ in shown(model)] == [
            "system", "assistant", "tool", "tool", "assistant", "user",
        ]  # fmt: skip

    def test_summarise_asks_the_model_once_for_what_came_before(self, system: AgentSystem) -> None:
        """Its usage is added to the answer's; later answers use the same summary."""
        model = ScriptedModel(
            "a", "b", "c", Expect("user: 0", Completion("they counted", usage=Usage(50, 5))),
            Completion("d", usage=Usage(7, 1)), "e",
        )  # fmt: skip
        answers = self.converse(system, model, 5, history_policy=summarise(keep=2, after=6))
        summary = "(Summary of what was said before: they counted)"
        for call, count in ((4, 3), (5, 5)):
            assert shown(model, call)[:2] == [("system", "Count."), ("user", summary)]
            assert len(shown(model, call)) == 2 + count
        assert answers[3].metadata["usage"]["total_tokens"] == 63
        assert dict(answers[3].metadata["history"]) == {"shown": 4, "of": 7}

    @DEF_AND_ASYNC_DEF
    def test_a_function_of_ones_own_decides_what_is_shown(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The function may ask the model itself."""
        policy: Any = loudly if later else two_at_the_end
        script = ["x", "a", "three said", "b"] if later else ["a", "b"]
        model = ScriptedModel(*script)
        answers = self.converse(system, model, 2, history_policy=policy)
        last = [("user", "THREE SAID")] if later else [("assistant", "a"), ("user", "1")]
        assert shown(model) == [("system", "Count."), *last]
        assert answers[1].metadata["history"]["shown"] == len(last)
