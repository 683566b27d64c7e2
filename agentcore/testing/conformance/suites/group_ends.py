"""Conformance: how a group ends, and what it does with members that fail."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.errors import SpawnError
from agentcore.protocol.chat_errors import AgentDiedError, ChatTimeoutError, ReplyError
from agentcore.protocol.conditions import MaxMessages, TextMention
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.failing import Closes, Dies, Never
from agentcore.testing.conformance.agents.group_members import Link
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import NAMES, ending, group, links
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["GroupEnds"]


class GroupEnds:
    """Ends, failures, and groups that are refused."""

    @pytest.mark.parametrize(
        ("last", "kind"),
        [
            ({"content": "bye", "metadata": {"TERMINATE": True}}, "TERMINATE"),
            ("bye TERMINATE", "TERMINATION_MESSAGE"),
        ],
        ids=["metadata", "text"],
    )
    def test_a_member_can_end_it(self, system: AgentSystem, last: Any, kind: str) -> None:
        """All members get its last message, and the agent that began is answered with it."""
        members = links(system, NAMES[:2])
        members.append(system.spawn(Link, "carol", {1: last}))
        result = ask(group(system), "go")
        assert ending(result) == {"rounds": 3, "stop": kind, "speaker": "carol"}
        for member in members:
            assert member.call("told", "team")[-1][1].startswith("bye")

    def test_a_member_that_says_nothing_ends_it(self, system: AgentSystem) -> None:
        """The group answers with the last message that was said."""
        links(system, NAMES[:2])
        system.spawn(Link, "carol", {1: None})
        result = ask(group(system), "go")
        assert ending(result) == {"rounds": 2, "stop": "NO_REPLY", "speaker": "bob"}

    def test_the_first_speaker_saying_nothing_is_no_reply_of_the_group(
        self, system: AgentSystem
    ) -> None:
        """The group has no message with which it could answer."""
        system.spawn(Link, "alice", {1: None})
        result = ask(group(system, ["alice"]), "go")
        assert (result.stop.kind, result.stop.agent) == ("NO_REPLY", "team")

    def test_a_member_at_its_limit_ends_it(self, system: AgentSystem) -> None:
        """The automatic replies of each member are counted separately."""
        links(system, NAMES[:2])
        system.spawn(Link, "carol", max_consecutive_auto_reply=2)
        result = ask(group(system, max_round=50), "go")
        assert ending(result) == {"rounds": 8, "stop": "MAX_AUTO_REPLY", "speaker": "bob"}

    @pytest.mark.parametrize(
        ("until", "rounds"),
        [(TextMention("carol", sources="carol"), 3), (MaxMessages(4), 4)],
        ids=["mention", "messages"],
    )
    def test_a_condition_ends_it(self, system: AgentSystem, until: Any, rounds: int) -> None:
        """The condition sees the members' conversation: what was said, and by whom."""
        links(system)
        result = ask(group(system, until=until), "go")
        assert ending(result)["stop"] == "CONDITION"
        assert ending(result)["rounds"] == rounds

    @pytest.mark.parametrize("max_turns", range(1, 9))
    def test_the_budget_is_exact(self, system: AgentSystem, max_turns: int) -> None:
        """The transcript has as many messages as the budget allows, or as the rounds need."""
        members = links(system)
        result = ask(group(system, max_round=5), "go", max_turns=max_turns)
        assert len(result.transcript) == min(7, max_turns)
        # The one that reaches the limit is recorded and not answered.
        assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 7)
        spoken = sum(member.call("know", "spoken") for member in members)
        assert spoken == min(5, max(0, max_turns - 1))

    def test_a_deadline_ends_it(self, system: AgentSystem) -> None:
        """The error has what was said until then, and the members can converse again."""
        alice = system.spawn(Link, "alice")
        system.spawn(Never, "bob")
        team = group(system, ["alice", "bob"])
        with pytest.raises(ChatTimeoutError) as caught:
            ask(team, "go", timeout=0.3)
        assert caught.value.result is not None
        assert said(caught.value.result)[0] == "go"
        assert said(ask(alice, "again"))[-1] == "again alice"
        assert team.call("describe") == ""

    def test_it_can_be_cancelled(self, system: AgentSystem) -> None:
        """It stops even while a member is in its turn."""
        system.spawn(Never, "bob")
        chat = Says("user", None).start_chat(group(system, ["bob"]), "go", silent=True)
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    def test_a_member_that_fails_fails_the_group(self, system: AgentSystem) -> None:
        """The error names the member and its rule, and has what was said."""
        system.spawn(Link, "alice")
        system.spawn(Link, "bob", {1: ValueError("broken")})
        with pytest.raises(ReplyError, match="broken") as caught:
            ask(group(system, ["alice", "bob"]), "go")
        assert (caught.value.agent, caught.value.rule) == ("bob", "link")
        assert caught.value.result is not None
        assert said(caught.value.result) == ["go", "go alice"]
        assert caught.value.result.stop.agent == "team"

    def test_a_group_can_go_on_without_a_member(self, system: AgentSystem) -> None:
        """The others speak on, and the rounds until then count."""
        alice, carol = links(system, ["alice", "carol"])
        system.spawn(Link, "bob", {2: ValueError("broken")})
        team = group(system, on_failure="continue", max_round=7)
        result = ask(team, "go")
        speakers = [e.sender for e in result.transcript if e.depth]
        assert speakers == ["alice", "bob", "carol", "alice", "carol", "alice", "carol"]
        assert ending(result) == {"rounds": 7, "stop": "MAX_ROUND", "speaker": "carol"}
        assert alice.call("told", "team") == carol.call("told", "team")
        assert len(alice.call("told", "team")) == 8

    def test_a_group_goes_on_without_a_member_that_is_gone(self, system: AgentSystem) -> None:
        """The member is closed during its turn, or was closed before it is to speak."""
        system.spawn(Closes, "closer")
        links(system, ["alice", "carol"])
        system.spawn(Dies, "bob")
        team = group(system, on_failure="continue", max_round=4)
        result = ask(team, "go")
        assert [e.sender for e in result.transcript if e.depth == 1] == [
            "alice", "carol", "alice", "carol",
        ]  # fmt: skip
        with pytest.raises((AgentDiedError, ReplyError)):
            ask(group(system, name="strict"), "go")
        assert said(ask(team, "again"))[-1] == "again alice carol alice carol"

    @pytest.mark.parametrize("first", [0, 1, 2])
    def test_a_member_that_was_closed_is_left_out(self, system: AgentSystem, first: int) -> None:
        """The group knows it by its ref; it may even be the first to speak."""
        members = links(system)
        members[first].close()
        result = ask(group(system, members, on_failure="continue", max_round=2), "go")
        left = [name for name in NAMES if name != NAMES[first]]
        assert said(result)[-1] == f"go {' '.join(left)}"
        with pytest.raises(AgentDiedError, match=NAMES[first]):
            ask(group(system, members, name="strict", max_round=3), "go")

    def test_a_model_chooses_where_a_member_is_gone(self, system: AgentSystem) -> None:
        """The closed member is not asked for its description; the others speak."""
        members = links(system)
        members[1].close()
        model = ScriptedModel("bob", "carol", "alice")
        team = group(
            system, members, speaker_selection="auto", llm=model, on_failure="continue", max_round=2
        )
        assert said(ask(team, "go"))[-1] == "go carol alice"

    def test_when_all_have_failed_the_group_ends(self, system: AgentSystem) -> None:
        """No member is left who may speak."""
        for name in NAMES[:2]:
            system.spawn(Link, name, {1: ValueError("broken")})
        result = ask(group(system, NAMES[:2], on_failure="continue"), "go")
        assert result.stop.kind == "NO_SPEAKER"
        assert said(result) == ["go"]

    def test_a_group_that_cannot_be_is_refused(self, system: AgentSystem) -> None:
        """Spawning it is an error that says what is wrong."""
        for wrong, words in (
            ({"max_round": 0}, "max_round"),
            ({"speaker_selection": "round robin"}, "round_robin"),
            ({"speaker_selection": "auto"}, "llm="),
            ({"on_failure": "ignore"}, "on_failure"),
            ({"admin": "zoe"}, "zoe"),
            ({"allowed_transitions": {"zoe": []}}, "zoe"),
            ({"members": []}, "one member or more"),
            ({"members": ["alice", "alice"]}, "each once"),
        ):
            with pytest.raises(SpawnError, match=words):
                group(system, **{"members": NAMES, **wrong})  # type: ignore[arg-type]

    def test_a_member_that_is_nowhere_is_named(self, system: AgentSystem) -> None:
        """The error comes when the group is asked, because members may be spawned later."""
        links(system, NAMES[:2])
        with pytest.raises(ReplyError, match="'carol'"):
            ask(group(system), "go")
