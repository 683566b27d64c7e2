"""Conformance: who speaks next in a group."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agentcore.agents.history_policies import keep_last
from agentcore.groups.selector import Selector
from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.model_api import Completion, ToolCall, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.group_members import (
    Chairs,
    Chooses,
    ChoosesForAll,
    Link,
    last_candidate,
    names_strategies,
    nobody_known,
    shortest_first,
)
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import NAMES, ending, group, links
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["SpeakerSelection"]


class SpeakerSelection:
    """Strategies, functions, models, humans, transitions, tool calls and handoffs."""

    def test_random_speakers_repeat_with_their_seed(self, system: AgentSystem) -> None:
        """The same seed gives the same order."""
        links(system)
        orders = []
        for number, seed in enumerate((1, 1, 2)):
            team = group(
                system, name=f"t{number}", speaker_selection="random", seed=seed, max_round=12
            )
            orders.append(said(ask(team, "go"))[-1])
        assert orders[0] == orders[1] != orders[2]

    def test_a_function_chooses(self, system: AgentSystem) -> None:
        """It gets the last speaker, the messages and the candidates; ``None`` ends the chat."""
        links(system, says={2: "now stop"})
        result = ask(group(system, speaker_selection=shortest_first), "go")
        assert said(result)[1:-1] == ["go bob", "go bob alice", "now stop"]
        assert ending(result) == {"rounds": 3, "stop": "NO_SPEAKER", "speaker": "bob"}

    def test_an_async_function_chooses(self, system: AgentSystem) -> None:
        """It holds no thread while it awaits."""
        links(system)
        result = ask(group(system, speaker_selection=last_candidate, max_round=2), "go")
        assert said(result)[-1] == "go carol carol"

    def test_a_function_that_names_nobody_of_the_group_fails_it(self, system: AgentSystem) -> None:
        """The error names the function."""
        links(system)
        with pytest.raises(ReplyError, match=r"SpeakerError.*nobody_known.*zoe"):
            ask(group(system, speaker_selection=nobody_known), "go")

    def test_a_model_chooses_and_is_asked_again(self, system: AgentSystem) -> None:
        """It sees names, descriptions and messages; if it fails twice, the next in turn speaks."""
        for name in NAMES:
            system.spawn(Link, name, description=f"is {name}")
        model = ScriptedModel(
            Expect("user: go", Completion("**Carol**!", usage=Usage(1, 1))),
            Expect("carol: go carol", Completion("bob or alice", usage=Usage(1, 1))),
            Expect("does not say which", Completion("Alice.", usage=Usage(1, 1))),
            "nobody", "nobody at all",
        )  # fmt: skip
        result = ask(group(system, speaker_selection="auto", llm=model, max_round=3), "go")
        assert said(result)[-1] == "go carol alice bob"
        assert "- bob: is bob" in model.calls[0].messages[0]["content"]
        assert result.usage.total_tokens > 6
        assert model.calls[0].output is not None

    def test_the_settings_of_a_group_hold_for_the_model_that_chooses(
        self, system: AgentSystem
    ) -> None:
        """Its system message, its sampling, its history policy, and its words for asking."""
        links(system)
        model = ScriptedModel("bob or alice", "nobody", "hm", "carol", "carol")
        team = group(
            system, speaker_selection="auto", llm=model, max_round=2, system_message="Be fair.",
            sampling={"temperature": 0}, history_policy=keep_last(1),
            selector=Selector(
                prompt="Who of {agentlist}?", several="One!", nobody="Who?", retries=3
            ),
        )  # fmt: skip
        assert said(ask(team, "go"))[-1] == "go carol carol"
        assert [call.messages[-1]["content"] for call in model.calls[1:4]] == [
            "One!",
            "Who?",
            "Who?",
        ]
        first, last = model.calls[0], model.calls[4]
        assert first.messages[0]["content"].startswith("Be fair.\n\nYou lead")
        assert first.sampling.temperature == 0
        assert last.messages[1]["content"] == (
            "What was said so far:\n\ncarol: go carol\n\nWho of alice, bob, carol?"
        )

    def test_a_function_may_name_the_strategy_that_chooses(self, system: AgentSystem) -> None:
        """In any case of letters; a model, and a human, is asked as by the strategy itself."""
        links(system)
        model = ScriptedModel("carol")
        team = group(system, speaker_selection=names_strategies, llm=model, max_round=3)
        assert said(ask(team, "go"))[-1] == "go alice carol alice"

    def test_a_strategy_that_needs_a_model_is_refused_without_one(
        self, system: AgentSystem
    ) -> None:
        """The error names the function."""
        links(system)
        with pytest.raises(ReplyError, match=r"names_strategies returned 'auto'.*give llm="):
            ask(group(system, speaker_selection=names_strategies, max_round=3), "go")

    def test_a_call_of_a_function_that_nobody_has_names_it(self, system: AgentSystem) -> None:
        """It would be answered by nobody, whoever spoke next."""
        call = ToolCall.of("1", "noted", word="tea").as_dict()
        system.spawn(Link, "alice", {1: {"tool_calls": [call]}})
        system.spawn(Toolbox, "bob")
        with pytest.raises(ReplyError, match=r"alice asks to call noted, which.*mean 'note'"):
            ask(group(system, ["alice", "bob"]), "go")

    def test_what_is_asked_of_members_first_is_no_message(self, system: AgentSystem) -> None:
        """Asking members for descriptions and tools spends none of the budget."""
        links(system)
        for max_turns in range(2, 8):
            model = ScriptedModel(then="bob")
            team = group(system, name=f"t{max_turns}", speaker_selection="auto", llm=model)
            result = ask(team, "go", max_turns=max_turns)
            assert (len(result.transcript), result.stop.kind) == (max_turns, "MAX_TURNS")

    @DEF_AND_ASYNC_DEF
    def test_a_model_chooses_among_members_that_wait(
        self, system: AgentSystem, later: bool
    ) -> None:
        """A member that waits for the group in its own turn is asked for its description, too."""
        system.spawn(Chairs, "alice", "team", later)
        links(system, ["bob"])
        model = ScriptedModel("bob", "alice")
        group(system, ["alice", "bob"], speaker_selection="auto", llm=model, max_round=2)
        result = ask("alice", "go", timeout=30)
        assert [e.content for e in result.transcript if e.depth][-1] == "go bob alice"

    def test_a_human_chooses(self, system: AgentSystem) -> None:
        """A number, a name or an empty answer selects; ``exit`` ends the chat."""
        links(system)
        system.spawn(Chooses, "team", NAMES, answers=["2", "hm", "Carol", "", "exit"])
        result = ask("team", "go")
        assert said(result)[-1] == "go bob carol alice"
        assert ending(result)["stop"] == "HUMAN_EXIT"

    def test_the_human_of_the_admin_chooses(self, system: AgentSystem) -> None:
        """The member that is the admin may be on another host."""
        system.spawn(Link, "alice")
        bob = system.spawn(ChoosesForAll, "bob", answers=["bob", "alice", "exit"])
        team = group(system, ["alice", "bob"], speaker_selection="manual", admin="bob")
        assert said(ask(team, "go"))[-1] == "go bob alice"
        assert "1. alice" in bob.call("know", "prompts")[0]

    @pytest.mark.parametrize("selection", ["round_robin", "random", last_candidate])
    def test_speakers_keep_to_the_graph(self, system: AgentSystem, selection: Any) -> None:
        """This holds for every strategy; anyone may follow a speaker who is no member."""
        links(system)
        graph = {"alice": ["bob"], "bob": ["alice", "carol"], "carol": ["alice"]}
        team = group(system, speaker_selection=selection, allowed_transitions=graph, max_round=15)
        speakers = [e.sender for e in ask(team, "go").transcript if e.depth]
        assert len(speakers) == 15
        assert all(after in graph[before] for before, after in pairwise(speakers))

    def test_the_graph_holds_for_a_model_too(self, system: AgentSystem) -> None:
        """The model is not asked where only one may speak, and cannot name who may not."""
        links(system)
        graph = {"alice": ["bob", "carol"], "bob": ["alice"], "carol": []}
        model = ScriptedModel("alice", "alice", "alice!", "carol")
        team = group(
            system, speaker_selection="auto", llm=model, allowed_transitions=graph, max_round=9
        )
        result = ask(team, "go")
        assert said(result)[-1] == "go alice bob alice carol"
        assert ending(result) == {"rounds": 4, "stop": "NO_SPEAKER", "speaker": "carol"}

    def test_nobody_who_may_speak_at_all_is_a_clean_end(self, system: AgentSystem) -> None:
        """A member begins whom nobody may follow; all members get its message."""
        alice, *_ = links(system)
        team = group(system, allowed_transitions={"bob": ["carol"]})
        result = alice.initiate_chat(team, "hello?", silent=True)
        assert said(result) == ["hello?"]
        for name in NAMES[1:]:
            assert system.agent(name).call("told", "team") == [("alice", "hello?")]

    def test_a_call_goes_to_the_member_that_has_the_tool(self, system: AgentSystem) -> None:
        """Whatever the strategy is; after it the members speak in turn again."""
        call = ToolCall.of("1", "note", word="tea").as_dict()
        system.spawn(Link, "alice", {1: {"tool_calls": [call]}})
        system.spawn(Link, "bob")
        carol = system.spawn(Toolbox, "carol")
        team = group(system, max_round=3)
        result = ask(team, "go")
        assert [(e.sender, e.content) for e in result.transcript if e.depth] == [
            ("alice", None), ("carol", "noted tea"), ("alice", "noted tea alice"),
        ]  # fmt: skip
        assert carol.call("know", "ran") == ["tea"]

    def test_a_member_hands_over_to_another(self, system: AgentSystem) -> None:
        """The member that the handoff names speaks next."""
        system.spawn(Link, "alice", {1: Handoff("carol", "your turn")})
        links(system, NAMES[1:])
        result = ask(group(system, max_round=3), "go")
        assert [(e.sender, e.content) for e in result.transcript if e.depth] == [
            ("alice", "your turn"), ("carol", "your turn carol"),
            ("alice", "your turn carol alice"),
        ]  # fmt: skip
