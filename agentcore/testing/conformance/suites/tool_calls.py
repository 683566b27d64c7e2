"""Conformance: tools that a model calls."""

from __future__ import annotations

import attrs
import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.model_api import ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents import toolbox
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Lessons, Toolbox, add, shout
from agentcore.testing.conformance.dialogue import OVER, ask, said
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel
from agentcore.tools.decorator import Tool

__all__ = ["ToolCalls"]

RUNNERS = [("ask_peer", "def"), ("ask_peer_later", "async def")]


class ToolCalls:
    """Rounds of calls: what runs, what the model is told, and what the transcript has of it."""

    def test_a_call_is_run_and_the_model_is_given_its_result(self, system: AgentSystem) -> None:
        """In OpenAI's shape; transcript and history have the round, too."""
        model = ScriptedModel(tool_call("add", a=1, b=2), "it is 3")
        bot = system.spawn(Player, "bot", model, tools=[add])
        result = ask(bot, "1+2?")
        assert [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript] == [
            ("user", "bot", "1+2?", 0),
            ("bot", "bot", None, 1),
            ("bot", "bot", "3", 1),
            ("bot", "user", "it is 3", 0),
        ]
        assert [dict(each) for each in model.calls[1].messages] == [
            {"role": "user", "content": "1+2?"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "1", "type": "function",
                 "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}},
            ]},
            {"role": "tool", "tool_call_id": "1", "content": "3"},
        ]  # fmt: skip
        assert bot.call("heard", "user") == [
            ("user", "1+2?"), ("assistant", None), ("tool", "3"), ("assistant", "it is 3"),
        ]  # fmt: skip

    def test_tools_come_and_go_at_run_time(self, system: AgentSystem) -> None:
        """Of each turn the model is told those that the agent has then."""
        model = ScriptedModel("one", "two", "three")
        bot = system.spawn(Player, "bot", model)
        ask(bot, "hi")
        bot.call("add_tool", add)
        bot.call("register_function", {"sum": add})
        ask(bot, "hi")
        bot.call("remove_tool", "add")
        ask(bot, "hi")
        told = [[spec.name for spec in each.tools] for each in model.calls]
        assert told == [[], ["add", "sum"], ["sum"]]

    def test_a_function_call_is_run_as_a_tool_call(self, system: AgentSystem) -> None:
        """As models wrote one before there were several; the agent has no model of its own."""
        bot = system.spawn(Player, "bot", tools=[add])
        call = {"name": "add", "arguments": '{"a": 1,\n"b": 2}'}
        result = ask(bot, {"role": "assistant", "content": None, "function_call": call})
        assert result.last_message is not None
        assert (result.last_message.role, result.last_message.content) == ("tool", "3")

    def test_the_model_is_told_of_every_tool(self, system: AgentSystem) -> None:
        """It gets the schemas of the tools of the class and of ``tools=``."""
        model = ScriptedModel("none needed")
        ask(system.spawn(Toolbox, "bot", model, tools=[add]), "hi")
        specs = {spec.name: spec for spec in model.calls[0].tools}
        assert {"note", "meet", "add"} <= set(specs)
        schema = specs["add"].parameters
        assert schema["properties"]["a"] == {"type": "integer", "description": "one."}
        assert specs["note"].description == "Write a word down."

    @pytest.mark.parametrize("name", ["add", "add_later"])
    def test_functions_run_sync_and_async(self, system: AgentSystem, name: str) -> None:
        """One or several calls at a time; the results have the order of the calls."""
        calls = [tool_call(name, str(number), a=number, b=1) for number in range(4)]
        model = ScriptedModel(calls[3], calls[:3], "done")
        bot = system.spawn(Player, "bot", model, tools=[getattr(toolbox, name)])
        ask(bot, "count")
        assert tool_results(model, 1) == [("3", "4")]
        assert tool_results(model, 2)[1:] == [("0", "1"), ("1", "2"), ("2", "3")]

    def test_a_tool_that_a_call_adds_is_offered_in_the_next_round(
        self, system: AgentSystem
    ) -> None:
        """The tools of a source, such as a server, are asked for anew before each request."""
        model = ScriptedModel(tool_call("learn", what="dance"), tool_call("dance", "2"), "olé")
        ask(system.spawn(Player, "bot", model, tools=[Lessons()]), "dance!")
        offered = [[spec.name for spec in call.tools] for call in model.calls]
        assert offered == [["learn", "close"]] + [["learn", "close", "dance"]] * 2
        assert tool_results(model)[-1] == ("2", "done")

    def test_tools_stay_as_they_are_if_their_source_fails_in_the_turn(
        self, system: AgentSystem
    ) -> None:
        """What the model does without the source is its answer; the next turn fails."""
        model = ScriptedModel(tool_call("close"), "it is closed")
        bot = system.spawn(Player, "bot", model, tools=[Lessons()])
        assert said(ask(bot, "close it"))[-1] == "it is closed"
        assert [spec.name for spec in model.calls[1].tools] == ["learn", "close"]
        with pytest.raises(ReplyError, match="the school is closed"):
            ask(bot, "again")

    def test_a_method_runs_on_its_agent(self, system: AgentSystem) -> None:
        """The method may change the agent's attributes."""
        model = ScriptedModel(tool_call("note", word="tea"), "noted")
        bot = system.spawn(Toolbox, "bot", model)
        ask(bot, "remember tea")
        assert bot.call("know", "ran") == ["tea"]
        assert tool_results(model) == [("1", "noted tea")]

    def test_a_tool_of_another_make_runs(self, system: AgentSystem) -> None:
        """A `Tool` can be made of a name, a schema and a function."""
        made = Tool("upper", "Make it loud.", {"type": "object", "properties": {}}, shout)
        model = ScriptedModel(tool_call("upper"), "done")
        ask(system.spawn(Player, "bot", model, tools=[made]), "hi")
        assert tool_results(model) == [("1", "HEY")]

    @pytest.mark.parametrize("name", ["meet", "meet_later"], ids=["def", "async def"])
    def test_several_calls_run_at_once(self, system: AgentSystem, name: str) -> None:
        """Each of two calls waits until the other has begun."""
        model = ScriptedModel(
            [tool_call(name, "a", who="ann"), tool_call(name, "b", who="ben")], "met"
        )
        ask(system.spawn(Toolbox, "bot", model), "meet")
        assert tool_results(model) == [("a", "ann met"), ("b", "ben met")]

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            (tool_call("subtract"), "there is no tool 'subtract'; the tools are: note, break_down"),
            (ToolCall("1", "note", "{word: tea"), "the arguments of note do not fit"),
            (tool_call("note", word=["tea"]), "the arguments of note do not fit"),
            (tool_call("note"), "the arguments of note do not fit"),
            (tool_call("break_down"), "break_down failed: ValueError: out of order"),
        ],
        ids=["unknown", "bad JSON", "wrong type", "missing", "raises"],
    )
    def test_what_is_wrong_with_a_call_is_told_to_the_model(
        self, system: AgentSystem, wrong: ToolCall, told: str
    ) -> None:
        """The transcript has it, too, and a good call beside it is run."""
        again, good = attrs.evolve(wrong, id="3"), tool_call("note", "2", word="tea")
        model = ScriptedModel(wrong, [again, good], "sorry")
        bot = system.spawn(Toolbox, "bot", model)
        result = ask(bot, "go")
        assert tool_results(model, 1)[0][1].startswith(told)
        (first, text), (second, noted) = tool_results(model, 2)[1:]
        assert (first, second, noted) == ("3", "2", "noted tea")
        assert text.startswith(told)
        assert bot.call("know", "ran") == ["tea"]
        failed = result.transcript[2].metadata["tool_results"][0]
        assert failed["failed"] is True
        assert result.transcript[-1].content == "sorry"

    def test_ids_that_are_empty_or_there_twice_are_told_apart(self, system: AgentSystem) -> None:
        """Each result belongs to its own call."""
        calls = [tool_call("add", id, a=n, b=0) for n, id in enumerate(("", "x", "", "x"))]
        model = ScriptedModel(calls, "done")
        ask(system.spawn(Player, "bot", model, tools=[add]), "go")
        found = tool_results(model)
        assert [content for _, content in found] == ["0", "1", "2", "3"]
        assert len({id for id, _ in found}) == 4
        (proposal,) = [m for m in model.calls[1].messages if m.get("tool_calls")]
        assert [each["id"] for each in proposal["tool_calls"]] == [id for id, _ in found]

    @pytest.mark.parametrize("name", [name for name, _ in RUNNERS], ids=[id for _, id in RUNNERS])
    def test_a_tool_can_ask_another_agent(self, system: AgentSystem, name: str) -> None:
        """The transcript has that conversation between the call and its result."""
        system.spawn(Says, "carol", OVER)
        model = ScriptedModel(tool_call(name, peer="carol", question="well?"), "she is fine")
        bot = system.spawn(Toolbox, "bot", model)
        result = ask(bot, "how is carol?")
        assert said(result) == ["how is carol?", None, "well?", "fine", "fine", "she is fine"]
        assert bot.call("heard", "carol") == [("assistant", "well?"), ("user", "fine")]
        assert tool_results(model) == [("1", "fine")]

    @pytest.mark.parametrize("name", [name for name, _ in RUNNERS], ids=[id for _, id in RUNNERS])
    def test_several_tools_at_once_can_ask_other_agents(
        self, system: AgentSystem, name: str
    ) -> None:
        """They take turns at spending the budget, and none of it is lost."""
        peers = ["ann", "ben", "cid"]
        system.spawn_many(Says, peers, OVER)
        calls = [tool_call(name, peer, peer=peer, question=f"{peer}?") for peer in peers]
        model = ScriptedModel([*calls, tool_call("note", "n", word="all")], "all fine")
        result = ask(system.spawn(Toolbox, "bot", model), "how are they?")
        assert tool_results(model) == [*((peer, "fine") for peer in peers), ("n", "noted all")]
        assert sorted(said(result)[2:8]) == ["ann?", "ben?", "cid?", "fine", "fine", "fine"]
        assert len(said(result)) == 10

    def test_tools_at_once_that_ask_others_are_served_however_deep(
        self, system: AgentSystem
    ) -> None:
        """Each tool holds a thread while it waits, so that a fixed pool would run out."""
        depth = 40
        for number in range(depth):
            asks = tool_call("ask_peer", "1", peer=f"a{number + 1}", question="well?")
            model = ScriptedModel([asks, tool_call("note", "2", word="x")], "fine TERMINATE")
            system.spawn(Toolbox, f"a{number}", model)
        system.spawn(Says, f"a{depth}", OVER)
        result = ask("a0", "well?", timeout=60)
        assert said(result)[-1] == "fine TERMINATE"
        assert len(result.transcript) == 2 + 4 * depth

    def test_a_tool_can_ask_whoever_waits_for_it(self, system: AgentSystem) -> None:
        """A cycle of waits through a tool is served."""
        model = ScriptedModel(
            tool_call("ask_peer", peer="alice", question="and you, alice"), "so so"
        )
        system.spawn(Toolbox, "bot", model)
        alice = system.spawn(Asks, "alice", {"user": ["bot"]})
        model.checked = True
        result = ask(alice, "how?")
        assert said(result)[:4] == ["how?", "how?", None, "and you, alice"]
        assert said(result)[-1] == "alice(so so)"
