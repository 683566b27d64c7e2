"""Conformance: what a group remembers of what was said, and groups that go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore.groups.group import GroupChat
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import NAMES, group, links
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["GroupLogs"]

SAVED = [
    {"name": "user", "content": "go"},
    {"name": "alice", "content": "go alice", "role": "assistant"},
]
RETOLD = [("user", "go"), ("alice", "go alice")]


def log_of(team: AgentRef) -> list[Any]:
    """Return who said what in a group."""
    return [(each["name"], each["content"]) for each in team.call("get_messages")]


class GroupLogs:
    """The log of a group, over its runs and across processes."""

    @pytest.mark.parametrize("clear", [True, False])
    def test_a_group_that_goes_on_keeps_its_log(self, system: AgentSystem, clear: bool) -> None:
        """The model that chooses speakers sees it, and it has each message once."""
        links(system)
        model = ScriptedModel("alice", "bob", "carol", "alice")
        team = group(system, max_round=2, speaker_selection="auto", llm=model)
        user = Says("user", None)
        ask(team, "one", user)
        ask(team, "two", user, clear_history=clear)
        first = [("user", "one"), ("alice", "one alice"), ("bob", "one alice bob")]
        second = [("user", "two"), ("carol", "two carol"), ("alice", "two carol alice")]
        assert log_of(team) == (second if clear else first + second)
        assert ("one alice bob" in model.calls[2].messages[-1]["content"]) is not clear
        team.call("clear_history")
        assert log_of(team) == []

    def test_a_group_is_saved_as_json_and_goes_on_elsewhere(self, system: AgentSystem) -> None:
        """Other members are told all of it, their own words as their own; and who is next."""
        links(system)
        team = group(system, max_round=2)
        ask(team, "go")
        state = json.dumps(team.call("save_state"))
        for name in (*NAMES, "team"):
            system.agent(name).close()
        members = links(system)
        again = group(system, max_round=2)
        again.call("load_state", state)
        before = [("user", "go"), ("alice", "go alice"), ("bob", "go alice bob")]
        assert log_of(again) == before
        assert again.call("next_speaker") == "carol"
        result = ask(again, "on", clear_history=False)
        assert said(result)[-1] == "on alice bob"
        now = [*before, ("user", "on"), ("alice", "on alice"), ("bob", "on alice bob")]
        assert log_of(again) == now
        for member in members:
            assert member.call("told", "team") == now
            roles = [each.role for each in member.call("get_chat_messages", "team")]
            assert roles == ["assistant" if name == member.name else "user" for name, _ in now]

    @pytest.mark.parametrize("how", ["messages", "resume"])
    @pytest.mark.parametrize("clear", [True, False])
    def test_a_group_goes_on_from_messages(
        self, system: AgentSystem, how: str, clear: bool
    ) -> None:
        """The last of them, said again to go on, is not said twice."""
        alice, bob, _ = links(system)
        if how == "messages":
            team = system.spawn(
                GroupChat, "team", NAMES, messages=SAVED, max_round=2,
                speaker_selection="round_robin",
            )  # fmt: skip
        else:
            team = group(system, max_round=2)
            name, last = team.call("resume", SAVED)
            assert (name, last["content"]) == ("alice", "go alice")
        assert team.call("next_speaker") == "bob"
        alice.initiate_chat(team, "go alice", silent=True, clear_history=clear)
        now = [*RETOLD, ("bob", "go alice bob"), ("carol", "go alice bob carol")]
        assert log_of(team) == now
        assert bob.call("told", "team") == now

    def test_a_model_says_who_is_next(self, system: AgentSystem) -> None:
        """It is asked as in a chat."""
        links(system)
        team = group(system, speaker_selection="auto", llm=ScriptedModel("carol"), messages=SAVED)
        assert team.call("next_speaker") == "carol"
