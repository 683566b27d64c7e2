"""Conformance: tool calls that another agent runs."""

from __future__ import annotations

import json

import pytest

from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.model_api import Completion, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.failing import Closes, Dies
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox, add
from agentcore.testing.conformance.dialogue import OVER, ask, said
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ToolExecutors"]


class ToolExecutors:
    """``executor=``, and messages that call tools."""

    def test_another_agent_may_run_the_calls(self, system: AgentSystem) -> None:
        """It needs no model; the round is a conversation with it, which the transcript has."""
        runner = system.spawn(Toolbox, "runner")
        model = ScriptedModel(tool_call("note", word="tea"), "noted")
        bot = system.spawn(Player, "bot", model, executor="runner")
        result = ask(bot, "tea")
        assert [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript] == [
            ("user", "bot", "tea", 0),
            ("bot", "runner", None, 1),
            ("runner", "bot", "noted tea", 1),
            ("bot", "user", "noted", 0),
        ]
        assert runner.call("know", "ran") == ["tea"]
        assert tool_results(model) == [("1", "noted tea")]
        assert bot.call("heard", "user")[1:3] == [("assistant", None), ("tool", "noted tea")]
        assert bot.call("heard", "runner") == [("assistant", None), ("tool", "noted tea")]

    def test_what_another_runs_may_ask_others_in_turn(self, system: AgentSystem) -> None:
        """A tool has the same budget there as it would have here."""
        system.spawn(Says, "carol", OVER)
        system.spawn(Toolbox, "runner")
        model = ScriptedModel(tool_call("ask_peer", peer="carol", question="well?"), "fine, then")
        bot = system.spawn(Player, "bot", model, executor="runner")
        result = ask(bot, "how is she?")
        assert [(e.sender, e.content, e.depth) for e in result.transcript] == [
            ("user", "how is she?", 0), ("bot", None, 1), ("runner", "well?", 2),
            ("carol", "fine", 2), ("runner", "fine", 1), ("bot", "fine, then", 0),
        ]  # fmt: skip
        assert tool_results(model) == [("1", "fine")]

    def test_whoever_runs_the_calls_may_be_the_one_who_asked(self, system: AgentSystem) -> None:
        """The user's agent has the tools; the model is shown no message twice."""
        user = system.spawn(Toolbox, "user")
        model = ScriptedModel(tool_call("note", word="tea"), "noted")
        bot = system.spawn(Player, "bot", model, executor="user")
        result = user.initiate_chat(bot, "tea", silent=True)
        assert said(result)[-1] == "noted"
        assert user.call("know", "ran") == ["tea"]
        roles = [each["role"] for each in model.calls[1].messages]
        assert roles == ["user", "assistant", "tool"]

    def test_an_agent_that_runs_calls_asks_its_own_human(self, system: AgentSystem) -> None:
        """The agent that runs a tool also approves of the call."""
        runner = system.spawn(Toolbox, "runner", None, ["no"], approve=True)
        model = ScriptedModel(tool_call("note", word="tea"), "well")
        ask(system.spawn(Player, "bot", model, executor=runner), "tea")
        assert tool_results(model) == [("1", "a human refused the call")]

    def test_one_who_runs_nothing_is_told_to_the_model(self, system: AgentSystem) -> None:
        """One executor says nothing; one has no tools and says something else."""
        for name, reply, told in (
            ("mute", None, "mute ran nothing: NO_REPLY"),
            ("chatty", "what?", "chatty ran nothing: it said 'what?'"),
        ):
            system.spawn(Says, name, reply)
            model = ScriptedModel([tool_call("note", "a"), tool_call("note", "b")], "well")
            bot = system.spawn(Player, f"bot-{name}", model, executor=name)
            assert said(ask(bot, "tea"))[-1] == "well"
            assert [id for id, _ in tool_results(model)] == ["a", "b"]
            assert all(text.startswith(told) for _, text in tool_results(model))

    def test_one_who_dies_fails_the_conversation(self, system: AgentSystem) -> None:
        """The error is an `AgentDiedError`, because nobody can run the calls."""
        system.spawn(Closes, "closer")
        system.spawn(Dies, "runner")
        model = ScriptedModel(tool_call("note", word="tea"))
        bot = system.spawn(Player, "bot", model, executor="runner")
        with pytest.raises(AgentDiedError, match="runner"):
            ask(bot, "tea", timeout=20)

    @pytest.mark.parametrize("max_turns", range(1, 6))
    def test_calls_that_another_runs_draw_on_the_budget(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """There is no message beyond it."""
        system.spawn(Toolbox, "runner")
        model = ScriptedModel(tool_call("note", word="tea"), "noted")
        bot = system.spawn(Player, "bot", model, executor="runner")
        result = ask(bot, "tea", max_turns=max_turns)
        model.checked = True
        assert len(result.transcript) == min(max_turns, 4)
        if max_turns < 5:
            assert result.stop.kind == "MAX_TURNS"

    def test_a_message_that_asks_for_tools_is_answered_by_whoever_has_them(
        self, system: AgentSystem
    ) -> None:
        """No model is needed: such a message may come from a rule, or from outside."""
        runner = system.spawn(Toolbox, "runner", tools=[add])
        asked = {"tool_calls": [tool_call("add", "x", a=1, b=2).as_dict()]}
        result = ask(runner, asked)
        last = result.last_message
        assert last is not None
        assert (last.role, last.content, last.tool_call_id) == ("tool", "3", "x")

    def test_usage_of_rounds_is_in_the_transcript(self, system: AgentSystem) -> None:
        """Each proposal of the model has its usage; the result has the sum."""
        model = ScriptedModel(
            *[
                Completion(tool_calls=[tool_call("add", a=1, b=n)], usage=Usage(n, 1))
                for n in (10, 20)
            ],
            Completion("done", usage=Usage(30, 1)),
        )
        result = ask(system.spawn(Player, "bot", model, tools=[add]), "go")
        assert result.usage == Usage(60, 3)
        assert json.dumps(dict(result.transcript[1].metadata["usage"]))
