"""Conformance: the arguments of tools, as models write them, and results of any kind."""

from __future__ import annotations

import json

import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.model_api import ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.odd_tools import (
    TREE,
    Grumbler,
    complain,
    deliver,
    hand_over,
    picture,
)
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ToolValues"]


class ToolValues:
    """What a model nearly wrote is what the tool is given; what it gives is told in short."""

    @pytest.mark.parametrize(
        ("arguments", "given"),
        [
            ('{"code": 8001, "count": "3", "paid": "True"}', ["8001", 3, True, None]),
            ('{"code": "8001", "count": null}', ["8001", 1, False, None]),
            ('{"code": "8001", "count": 2.0, "labels": "[\'a\']"}', ["8001", 2, False, ["a"]]),
            ('"{\\"code\\": \\"8001\\"}"', ["8001", 1, False, None]),
            ('```json\n{"code": "a\nb"}\n```', ["a\nb", 1, False, None]),
            ('{"code": "8001"}}\n\nI deliver it now.', ["8001", 1, False, None]),
            ('{"name": "deliver", "arguments": {"code": "8001"}}', ["8001", 1, False, None]),
        ],
    )
    def test_a_near_miss_costs_no_round(
        self, system: AgentSystem, arguments: str, given: list[object]
    ) -> None:
        """The tool runs at once, with what was meant."""
        model = ScriptedModel(ToolCall("1", "deliver", arguments), "delivered")
        ask(system.spawn(Player, "bot", model, tools=[deliver]), "go")
        assert tool_results(model) == [("1", json.dumps(given))]

    @pytest.mark.parametrize(
        "arguments", ['{"code": "8001", "count": ', '{"code": "a"}{"code": "b"}']
    )
    def test_what_was_cut_off_or_is_unclear_is_told(
        self, system: AgentSystem, arguments: str
    ) -> None:
        """Nothing is run on a guess."""
        model = ScriptedModel(ToolCall("1", "deliver", arguments), "not delivered")
        ask(system.spawn(Player, "bot", model, tools=[deliver]), "go")
        assert "the arguments of deliver do not fit: this is no JSON" in tool_results(model)[0][1]

    def test_paths_and_decimals_are_given_as_such(self, system: AgentSystem) -> None:
        """A number is read as the text that a Decimal is made of."""
        model = ScriptedModel(tool_call("hand_over", path="a/b.txt", price=1.5), "done")
        ask(system.spawn(Player, "bot", model, tools=[hand_over]), "go")
        assert tool_results(model) == [("1", '[true, "a/b.txt", "1.5"]')]

    def test_a_schema_that_refers_to_itself_is_checked(self, system: AgentSystem) -> None:
        """At every level, and a value that is nested deeply ends in words."""
        tree = '{"label": null, "children": [{"label": "a", "children": "[{}]"}]}'
        wrong = '{"children": [{"children": [{"leaves": []}]}]}'
        deep = '{"children": [' * 50_000 + "{}" + "]}" * 50_000
        calls = [ToolCall("1", "count_nodes", each) for each in (tree, wrong, deep)]
        model = ScriptedModel(*calls, "done")
        ask(system.spawn(Player, "bot", model, tools=[TREE]), "go")
        results = [text for _, text in tool_results(model)]
        assert results[0] == "3"
        assert "arguments.children[0].children[0]: there is no field 'leaves'" in results[1]
        assert "nested too deeply" in results[2]

    def test_bytes_and_objects_without_a_text_are_told_in_short(self, system: AgentSystem) -> None:
        """And nothing of it ends the conversation, or the process."""
        model = ScriptedModel(tool_call("picture"), "done")
        result = ask(system.spawn(Player, "bot", model, tools=[picture]), "go")
        assert said(result)[-1] == "done"
        told = json.loads(tool_results(model)[0][1])
        assert told == {
            "image": "(PNG image, 200,008 bytes)",
            "taken_by": "(a Silent, whose text cannot be shown: SystemExit: 2)",
        }

    def test_an_exception_without_a_text_is_told_by_its_kind(self, system: AgentSystem) -> None:
        """To the model if a tool raised it, and in the error if a rule did."""
        model = ScriptedModel(tool_call("complain"), "done")
        result = ask(system.spawn(Player, "bot", model, tools=[complain]), "go")
        assert said(result)[-1] == "done"
        words = "Mute, whose text cannot be shown: RuntimeError"
        assert tool_results(model)[0][1] == f"complain failed: {words}"
        with pytest.raises(ReplyError, match=f"rule grumble of agent 'g' raised {words}"):
            ask(system.spawn(Grumbler, "g"), "go")
