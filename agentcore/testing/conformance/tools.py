"""Conformance: tools that an agent's model calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore.models import Completion, ToolCall, Usage
from agentcore.protocol.chat_errors import AgentDiedError, ChatTimeoutError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance import thinkers as thinkers
from agentcore.testing.conformance.suite import ask, said
from agentcore.testing.models.scripted import ScriptedModel
from agentcore.tools.decorator import Tool

__all__ = ["Tools"]

OVER = {"content": "fine", "metadata": {"TERMINATE": True}}
RUNNERS = [("ask_peer", "def"), ("ask_peer_later", "async def")]


def call(name: str, id: str = "1", **arguments: Any) -> ToolCall:
    """Make a call."""
    return ToolCall.of(id, name, **arguments)


def results(model: ScriptedModel, number: int = -1) -> list[tuple[str, str]]:
    """Give id and content of the results of calls that the model was shown."""
    shown = model.calls[number].messages
    return [(m["tool_call_id"], m["content"]) for m in shown if m["role"] == "tool"]


class Tools:
    """Rounds of calls: what runs, what the model is told of it, and what stands where."""

    # --- one round -------------------------------------------------------------------------------

    def test_a_call_is_run_and_the_model_is_given_its_result(self, system: AgentSystem) -> None:
        """In OpenAI's shape; the round stands in the transcript and in the history."""
        model = ScriptedModel(call("add", a=1, b=2), "it is 3")
        bot = system.spawn(cast.Player, "bot", model, tools=[thinkers.add])
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

    def test_the_model_is_told_of_every_tool(self, system: AgentSystem) -> None:
        """Those of the class and those given, with schemas."""
        model = ScriptedModel("none needed")
        ask(system.spawn(thinkers.Toolbox, "bot", model, tools=[thinkers.add]), "hi")
        specs = {spec.name: spec for spec in model.calls[0].tools}
        assert {"note", "meet", "add"} <= set(specs)
        schema = specs["add"].parameters
        assert schema["properties"]["a"] == {"type": "integer", "description": "one."}
        assert specs["note"].description == "Write a word down."

    @pytest.mark.parametrize("name", ["add", "add_later"])
    def test_functions_run_sync_and_async(self, system: AgentSystem, name: str) -> None:
        """One or several at a time; results come in the order of the calls."""
        calls = [call(name, str(number), a=number, b=1) for number in range(3)]
        model = ScriptedModel(calls[0], calls, "done")
        bot = system.spawn(cast.Player, "bot", model, tools=[getattr(thinkers, name)])
        ask(bot, "count")
        assert results(model, 1) == [("0", "1")]
        assert results(model, 2)[1:] == [("0", "1"), ("1", "2"), ("2", "3")]

    def test_a_method_runs_on_its_agent(self, system: AgentSystem) -> None:
        """It may change what the agent knows."""
        model = ScriptedModel(call("note", word="tea"), "noted")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
        ask(bot, "remember tea")
        assert bot.call("know", "ran") == ["tea"]
        assert results(model) == [("1", "noted tea")]

    def test_a_tool_of_another_make_runs(self, system: AgentSystem) -> None:
        """A `Tool` is a name, a schema and a function."""
        made = Tool("upper", "Make it loud.", {"type": "object", "properties": {}}, thinkers.shout)
        model = ScriptedModel(call("upper"), "done")
        ask(system.spawn(cast.Player, "bot", model, tools=[made]), "hi")
        assert results(model) == [("1", "HEY")]

    @pytest.mark.parametrize("name", ["meet", "meet_later"], ids=["def", "async def"])
    def test_several_calls_run_at_once(self, system: AgentSystem, name: str) -> None:
        """Each of two waits until the other is there too."""
        model = ScriptedModel([call(name, "a", who="ann"), call(name, "b", who="ben")], "met")
        ask(system.spawn(thinkers.Toolbox, "bot", model), "meet")
        assert results(model) == [("a", "ann met"), ("b", "ben met")]

    # --- what goes wrong is told to the model ----------------------------------------------------

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            (call("subtract"), "there is no tool 'subtract'; the tools are: note, break_down"),
            (ToolCall("1", "note", "{word: tea"), "the arguments of note do not fit"),
            (call("note", word=7), "the arguments of note do not fit"),
            (call("note"), "the arguments of note do not fit"),
            (call("break_down"), "break_down failed: ValueError: out of order"),
        ],
        ids=["unknown", "bad JSON", "wrong type", "missing", "raises"],
    )
    def test_what_is_wrong_with_a_call_is_told_to_the_model(
        self, system: AgentSystem, wrong: ToolCall, told: str
    ) -> None:
        """And stands in the transcript; a good call beside it is run."""
        good = call("note", "2", word="tea")
        model = ScriptedModel(wrong, [wrong, good], "sorry")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
        result = ask(bot, "go")
        assert results(model, 1)[0][1].startswith(told)
        (first, text), (second, noted) = results(model, 2)[1:]
        assert (first, second, noted) == ("1", "2", "noted tea")
        assert text.startswith(told)
        assert bot.call("know", "ran") == ["tea"]
        failed = result.transcript[2].metadata["tool_results"][0]
        assert failed["failed"] is True
        assert result.transcript[-1].content == "sorry"

    def test_ids_that_are_empty_or_there_twice_are_told_apart(self, system: AgentSystem) -> None:
        """Each result goes with its own call."""
        calls = [call("add", id, a=n, b=0) for n, id in enumerate(("", "x", "", "x"))]
        model = ScriptedModel(calls, "done")
        ask(system.spawn(cast.Player, "bot", model, tools=[thinkers.add]), "go")
        found = results(model)
        assert [content for _, content in found] == ["0", "1", "2", "3"]
        assert len({id for id, _ in found}) == 4
        (proposal,) = [m for m in model.calls[1].messages if m.get("tool_calls")]
        assert [each["id"] for each in proposal["tool_calls"]] == [id for id, _ in found]

    # --- tools that converse ---------------------------------------------------------------------

    @pytest.mark.parametrize("name", [name for name, _ in RUNNERS], ids=[id for _, id in RUNNERS])
    def test_a_tool_can_ask_another_agent(self, system: AgentSystem, name: str) -> None:
        """What is said there is in the transcript, between the call and its result."""
        system.spawn(cast.Says, "carol", OVER)
        model = ScriptedModel(call(name, peer="carol", question="well?"), "she is fine")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
        result = ask(bot, "how is carol?")
        assert said(result) == ["how is carol?", None, "well?", "fine", "fine", "she is fine"]
        assert bot.call("heard", "carol") == [("assistant", "well?"), ("user", "fine")]
        assert results(model) == [("1", "fine")]

    @pytest.mark.parametrize("name", [name for name, _ in RUNNERS], ids=[id for _, id in RUNNERS])
    def test_several_tools_at_once_can_ask_other_agents(
        self, system: AgentSystem, name: str
    ) -> None:
        """The budget goes to one after the other; nothing is lost."""
        peers = ["ann", "ben", "cid"]
        system.spawn_many(cast.Says, peers, OVER)
        calls = [call(name, peer, peer=peer, question=f"{peer}?") for peer in peers]
        model = ScriptedModel([*calls, call("note", "n", word="all")], "all fine")
        result = ask(system.spawn(thinkers.Toolbox, "bot", model), "how are they?")
        assert results(model) == [*((peer, "fine") for peer in peers), ("n", "noted all")]
        assert sorted(said(result)[2:8]) == ["ann?", "ben?", "cid?", "fine", "fine", "fine"]
        assert len(said(result)) == 10

    def test_tools_at_once_that_ask_others_are_served_however_deep(
        self, system: AgentSystem
    ) -> None:
        """Each holds a thread while it waits, and no pool of threads is so small that all do."""
        depth = 40
        for number in range(depth):
            asks = call("ask_peer", "1", peer=f"a{number + 1}", question="well?")
            model = ScriptedModel([asks, call("note", "2", word="x")], "fine TERMINATE")
            system.spawn(thinkers.Toolbox, f"a{number}", model)
        system.spawn(cast.Says, f"a{depth}", OVER)
        result = ask("a0", "well?", timeout=60)
        assert said(result)[-1] == "fine TERMINATE"
        assert len(result.transcript) == 2 + 4 * depth

    def test_a_tool_can_ask_whoever_waits_for_it(self, system: AgentSystem) -> None:
        """A circle through a tool is served."""
        model = ScriptedModel(call("ask_peer", peer="alice", question="and you, alice"), "so so")
        system.spawn(thinkers.Toolbox, "bot", model)
        alice = system.spawn(cast.Asks, "alice", {"user": ["bot"]})
        model.checked = True
        result = ask(alice, "how?")
        assert said(result)[:4] == ["how?", "how?", None, "and you, alice"]
        assert said(result)[-1] == "alice(so so)"

    # --- bounds ----------------------------------------------------------------------------------

    def test_rounds_are_bounded(self, system: AgentSystem) -> None:
        """The reason is one of its own; the last proposal is not run."""
        model = ScriptedModel(*[call("note", word="x")] * 3)
        bot = system.spawn(thinkers.Toolbox, "bot", model, max_tool_rounds=2)
        result = ask(bot, "go")
        assert (result.stop.kind, result.stop.agent) == ("MAX_TOOL_ROUNDS", "bot")
        assert "max_tool_rounds=" in result.stop.detail
        assert bot.call("know", "ran") == ["x", "x"]
        proposals = [entry for entry in result.transcript if entry.message.tool_calls]
        assert len(proposals) == 3

    def test_no_rounds_at_all_may_be_allowed(self, system: AgentSystem) -> None:
        """The first proposal stops it."""
        model = ScriptedModel(call("note", word="x"))
        bot = system.spawn(thinkers.Toolbox, "bot", model, max_tool_rounds=0)
        assert ask(bot, "go").stop.kind == "MAX_TOOL_ROUNDS"
        assert bot.call("know", "ran") == []

    @pytest.mark.parametrize("max_turns", range(1, 9))
    def test_rounds_draw_on_the_budget_and_never_exceed_it(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """A transcript never has more than ``max_turns`` messages, and the kind says so."""
        model = ScriptedModel(*[call("note", word="x")] * 2, "done")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
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
        """Whatever is left when the tool has asked, nothing is said beyond it."""
        system.spawn(cast.Says, "carol", OVER)
        model = ScriptedModel(call("ask_peer", peer="carol", question="well?"), "fine")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
        result = ask(bot, "go", max_turns=max_turns)
        model.checked = True
        assert len(result.transcript) <= max_turns
        if max_turns < 6:
            assert result.stop.kind == "MAX_TURNS"

    def test_a_tool_that_never_comes_back_ends_with_its_conversation(
        self, system: AgentSystem
    ) -> None:
        """The agent answers again after that."""
        model = ScriptedModel(call("hang"), "back again")
        bot = system.spawn(thinkers.Toolbox, "bot", model)
        with pytest.raises(ChatTimeoutError):
            ask(bot, "go", timeout=1.0)
        assert said(ask(bot, "go"))[-1] == "back again"

    # --- who approves ----------------------------------------------------------------------------

    def test_a_human_approves_or_says_why_not(self, system: AgentSystem) -> None:
        """The question shows the arguments; the refusal reaches the model."""
        calls = [call("add", str(n), a=n, b=n) for n in range(3)]
        model = ScriptedModel(*calls, "well")
        bot = system.spawn(
            thinkers.Toolbox, "bot", model, ["yes", "no", "not on a sunday"],
            tools=[thinkers.add], approve=True,
        )  # fmt: skip
        ask(bot, "go")
        assert [text for _, text in results(model)] == [
            "0", "a human refused the call", "a human refused the call: not on a sunday",
        ]  # fmt: skip
        asked = bot.call("know", "prompts")
        assert asked[1].splitlines()[:3] == ["bot wants to call add:", "  a = 1", "  b = 1"]

    @pytest.mark.parametrize("name", ["only_small", "only_small_later"])
    def test_a_predicate_approves_or_says_why_not(self, system: AgentSystem, name: str) -> None:
        """Sync or async; of several calls each is asked about."""
        calls = [call("add", "1", a=1, b=2), call("add", "2", a=1, b=20)]
        model = ScriptedModel(calls, "well")
        bot = system.spawn(
            cast.Player, "bot", model, tools=[thinkers.add], approve=getattr(thinkers, name)
        )
        ask(bot, "go")
        assert results(model) == [
            ("1", "3"), ("2", "the call of add was refused: too large for me"),
        ]  # fmt: skip

    def test_a_predicate_that_raises_refuses(self, system: AgentSystem) -> None:
        """What cannot be decided does not run."""
        model = ScriptedModel(call("note", word="x"), "well")
        bot = system.spawn(thinkers.Toolbox, "bot", model, approve=thinkers.breaks)
        ask(bot, "go")
        assert "approve= raised ValueError: nobody is there" in results(model)[0][1]
        assert bot.call("know", "ran") == []

    # --- another agent runs them -----------------------------------------------------------------

    def test_another_agent_may_run_the_calls(self, system: AgentSystem) -> None:
        """It needs no model; the round is a conversation of the two, in the transcript."""
        runner = system.spawn(thinkers.Toolbox, "runner")
        model = ScriptedModel(call("note", word="tea"), "noted")
        bot = system.spawn(cast.Player, "bot", model, executor="runner")
        result = ask(bot, "tea")
        assert [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript] == [
            ("user", "bot", "tea", 0),
            ("bot", "runner", None, 1),
            ("runner", "bot", "noted tea", 1),
            ("bot", "user", "noted", 0),
        ]
        assert runner.call("know", "ran") == ["tea"]
        assert results(model) == [("1", "noted tea")]
        assert bot.call("heard", "user")[1:3] == [("assistant", None), ("tool", "noted tea")]
        assert bot.call("heard", "runner") == [("assistant", None), ("tool", "noted tea")]

    def test_what_another_runs_may_ask_others_in_turn(self, system: AgentSystem) -> None:
        """A tool that runs elsewhere has the budget that it would have had here."""
        system.spawn(cast.Says, "carol", OVER)
        system.spawn(thinkers.Toolbox, "runner")
        model = ScriptedModel(call("ask_peer", peer="carol", question="well?"), "fine, then")
        bot = system.spawn(cast.Player, "bot", model, executor="runner")
        result = ask(bot, "how is she?")
        assert [(e.sender, e.content, e.depth) for e in result.transcript] == [
            ("user", "how is she?", 0), ("bot", None, 1), ("runner", "well?", 2),
            ("carol", "fine", 2), ("runner", "fine", 1), ("bot", "fine, then", 0),
        ]  # fmt: skip
        assert results(model) == [("1", "fine")]

    def test_whoever_runs_the_calls_may_be_the_one_who_asked(self, system: AgentSystem) -> None:
        """The user's own agent has the tools; nothing is shown to the model twice."""
        user = system.spawn(thinkers.Toolbox, "user")
        model = ScriptedModel(call("note", word="tea"), "noted")
        bot = system.spawn(cast.Player, "bot", model, executor="user")
        result = user.initiate_chat(bot, "tea", silent=True)
        assert said(result)[-1] == "noted"
        assert user.call("know", "ran") == ["tea"]
        roles = [each["role"] for each in model.calls[1].messages]
        assert roles == ["user", "assistant", "tool"]

    def test_an_agent_that_runs_calls_asks_its_own_human(self, system: AgentSystem) -> None:
        """Approval is where the tool runs."""
        runner = system.spawn(thinkers.Toolbox, "runner", None, ["no"], approve=True)
        model = ScriptedModel(call("note", word="tea"), "well")
        ask(system.spawn(cast.Player, "bot", model, executor=runner), "tea")
        assert results(model) == [("1", "a human refused the call")]

    def test_one_who_runs_nothing_is_told_to_the_model(self, system: AgentSystem) -> None:
        """One that says nothing, and one that has no tools and says something else."""
        for name, reply, told in (
            ("mute", None, "mute ran nothing: NO_REPLY"),
            ("chatty", "what?", "chatty ran nothing: it said 'what?'"),
        ):
            system.spawn(cast.Says, name, reply)
            model = ScriptedModel([call("note", "a"), call("note", "b")], "well")
            bot = system.spawn(cast.Player, f"bot-{name}", model, executor=name)
            assert said(ask(bot, "tea"))[-1] == "well"
            assert [id for id, _ in results(model)] == ["a", "b"]
            assert all(text.startswith(told) for _, text in results(model))

    def test_one_who_dies_fails_the_conversation(self, system: AgentSystem) -> None:
        """`AgentDiedError`: there is nobody who could go on."""
        system.spawn(cast.Closes, "closer")
        system.spawn(thinkers.Dies, "runner")
        model = ScriptedModel(call("note", word="tea"))
        bot = system.spawn(cast.Player, "bot", model, executor="runner")
        with pytest.raises(AgentDiedError, match="runner"):
            ask(bot, "tea", timeout=20)

    @pytest.mark.parametrize("max_turns", range(1, 6))
    def test_calls_that_another_runs_draw_on_the_budget(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """No message beyond it."""
        system.spawn(thinkers.Toolbox, "runner")
        model = ScriptedModel(call("note", word="tea"), "noted")
        bot = system.spawn(cast.Player, "bot", model, executor="runner")
        result = ask(bot, "tea", max_turns=max_turns)
        model.checked = True
        assert len(result.transcript) == min(max_turns, 4)
        if max_turns < 5:
            assert result.stop.kind == "MAX_TURNS"

    def test_a_message_that_asks_for_tools_is_answered_by_whoever_has_them(
        self, system: AgentSystem
    ) -> None:
        """Without any model: by an agent's own rule, or from outside, in OpenAI's shape."""
        runner = system.spawn(thinkers.Toolbox, "runner", tools=[thinkers.add])
        asked = {"tool_calls": [call("add", "x", a=1, b=2).as_dict()]}
        result = ask(runner, asked)
        last = result.last_message
        assert last is not None
        assert (last.role, last.content, last.tool_call_id) == ("tool", "3", "x")

    def test_usage_of_rounds_is_in_the_transcript(self, system: AgentSystem) -> None:
        """Each proposal says what it cost; the sum is in the result."""
        model = ScriptedModel(
            *[Completion(tool_calls=[call("add", a=1, b=n)], usage=Usage(n, 1)) for n in (10, 20)],
            Completion("done", usage=Usage(30, 1)),
        )
        result = ask(system.spawn(cast.Player, "bot", model, tools=[thinkers.add]), "go")
        assert result.usage == Usage(60, 3)
        assert json.dumps(dict(result.transcript[1].metadata["usage"]))
