"""Conformance: what the members of a group hear."""

from __future__ import annotations

import pytest

from agentcore.protocol.chat_errors import DepthError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.group_members import Chairs, Link
from agentcore.testing.conformance.agents.sending import Line
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import NAMES, ending, group, links
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF

__all__ = ["GroupMessages"]


class GroupMessages:
    """All members hear everything once, in one order, in groups of groups, too."""

    @DEF_AND_ASYNC_DEF
    def test_all_members_hear_everything_once_and_in_one_order(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The history of each with the group has every message, with who said it."""
        members = links(system, later=later)
        result = ask(group(system, members, max_round=7), "go")
        words = ["go"]
        for name in (NAMES * 3)[:7]:
            words.append(f"{words[-1]} {name}")
        everything = list(zip(("user", *(NAMES * 3)[:7]), words, strict=True))
        for member in members:
            assert member.call("told", "team") == everything
        assert said(result) == [*words, words[-1]]
        assert ending(result) == {"rounds": 7, "stop": "MAX_ROUND", "speaker": "alice"}

    def test_the_transcript_says_who_spoke_to_whom(self, system: AgentSystem) -> None:
        """The members' messages are one level deeper, and each is there once."""
        links(system)
        result = ask(group(system, max_round=3), "go")
        assert [(e.sender, e.recipient, e.depth) for e in result.transcript] == [
            ("user", "team", 0), ("alice", "team", 1), ("bob", "team", 1), ("carol", "team", 1),
            ("team", "user", 0),
        ]  # fmt: skip

    @pytest.mark.parametrize("rounds", [1, 2, 3, 4, 9])
    def test_the_number_of_rounds_is_exact(self, system: AgentSystem, rounds: int) -> None:
        """Exactly ``max_round`` messages are said by members."""
        members = links(system)
        result = ask(group(system, max_round=rounds), "go")
        assert ending(result)["rounds"] == rounds
        assert sum(member.call("know", "spoken") for member in members) == rounds
        assert len(result.transcript) == rounds + 2

    def test_members_are_refs_names_or_objects(self, system: AgentSystem) -> None:
        """An agent object of this process is hosted only as long as a chat goes on."""
        if system._runtime.strict:
            pytest.skip("an object of this process cannot be given to another one")
        bob = Link("bob")
        system.spawn(Link, "alice")
        team = group(system, ["alice", bob, system.spawn(Link, "carol")], max_round=3)
        for _ in range(2):
            assert said(ask(team, "go"))[-1] == "go alice bob carol"
        assert [ref.name for ref in system.agents()] == ["alice", "carol", "team"]

    def test_a_single_member_speaks_on_what_it_said(self, system: AgentSystem) -> None:
        """It is asked although nothing is new to it; its history has no message twice."""
        (alice,) = links(system, ["alice"])
        result = ask(group(system, ["alice"], max_round=3), "go")
        assert said(result)[-1] == "go alice alice alice"
        assert [text for _, text in alice.call("told", "team")] == [
            "go", "go alice", "go alice alice", "go alice alice alice",
        ]  # fmt: skip

    def test_a_member_can_begin(self, system: AgentSystem) -> None:
        """Its message is the first that the others get; it gets no message twice."""
        members = links(system)
        result = members[0].initiate_chat(group(system, max_round=3), "from alice", silent=True)
        words = [
            "from alice", "from alice bob", "from alice bob carol", "from alice bob carol alice",
        ]  # fmt: skip
        assert said(result) == words
        assert result.stop.kind in ("MAX_ROUND", "NO_REPLY")
        told = list(zip(("alice", "bob", "carol", "alice"), words, strict=True))
        for member in members:
            assert member.call("told", "team") == told

    @DEF_AND_ASYNC_DEF
    def test_a_member_can_begin_from_within_its_turn(
        self, system: AgentSystem, later: bool
    ) -> None:
        """It waits for the group, and takes its turns as a member meanwhile."""
        system.spawn(Chairs, "alice", "team", later)
        links(system, NAMES[1:])
        group(system, max_round=5)
        result = ask("alice", "go")
        words = [e.content for e in result.transcript if e.depth]
        assert words[-1] == "go bob carol alice bob carol"
        assert len(words) == 6
        for name in NAMES:
            assert [t for _, t in system.agent(name).call("told", "team")] == words

    def test_a_group_can_be_a_member_of_a_group(self, system: AgentSystem) -> None:
        """Its answer is its message in the outer group; both share one budget."""
        links(system, ["alice", "bob", "carol", "dave"])
        group(system, ["alice", "bob"], "inner", max_round=2)
        outer = group(system, ["inner", "carol", "dave"], "outer", max_round=4)
        result = ask(outer, "go")
        assert said(result)[-1] == "go alice bob carol dave alice bob"
        assert [(e.sender, e.depth) for e in result.transcript][1:4] == [
            ("alice", 2), ("bob", 2), ("inner", 1),
        ]  # fmt: skip
        for max_turns in range(1, 11):
            result = ask(outer, "go", max_turns=max_turns)
            assert len(result.transcript) <= max_turns

    @DEF_AND_ASYNC_DEF
    def test_groups_that_share_members_talk_at_the_same_time(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Each member has a separate history with each group, in that group's order."""
        links(system, later=later)
        for number in range(4):
            members = NAMES[number % 3 :] + NAMES[: number % 3]
            group(system, members, f"team{number}", max_round=6)
        users = system.spawn_many(Says, [f"user{number}" for number in range(4)], None)
        chats = [
            user.start_chat(f"team{number}", "go", silent=True, timeout=60)
            for number, user in enumerate(users)
        ]
        for number, chat in enumerate(chats):
            order = (NAMES[number % 3 :] + NAMES[: number % 3]) * 2
            assert said(chat.result())[-1] == f"go {' '.join(order)}"
            told = [system.agent(name).call("told", f"team{number}") for name in NAMES]
            assert told[0] == told[1] == told[2]

    def test_groups_of_members_that_ask_each_other_are_served(self, system: AgentSystem) -> None:
        """A member of the first group asks a second group while the first waits for it."""
        links(system, ["alice", "bob"])
        system.spawn(Line, "line", "second")
        group(system, ["alice", "line"], "first", max_round=2)
        group(system, ["bob"], "second", max_round=1)
        assert said(ask("first", "go"))[-1] == "go alice bob!"

    def test_groups_that_are_each_others_members_are_nested_too_deep(
        self, system: AgentSystem
    ) -> None:
        """Passing a message on spends no budget, so the depth limit has to end it."""
        group(system, ["second"], "first")
        group(system, ["first"], "second")
        with pytest.raises(DepthError):
            ask("first", "go", timeout=60)

    @pytest.mark.parametrize("beginner", ["user", "alice"])
    def test_members_are_introduced_to_each_other(self, system: AgentSystem, beginner: str) -> None:
        """Once, before anything else, whoever begins; again where a conversation begins anew."""
        members = [system.spawn(Link, name, description=f"is {name}") for name in NAMES]
        team = group(system, max_round=2, send_introductions=True)
        begins = members[0] if beginner == "alice" else Says("user", None)
        for clear in (True, False, True):
            begins.initiate_chat(team, "go", silent=True, clear_history=clear)
            for member in members:
                told = member.call("told", "team")
                assert [text.count("- bob: is bob") for name, text in told].count(1) == 1
                introduced = [text for name, text in told if name == "team"]
                assert len(introduced) == 1
                if member.name != beginner:
                    assert told[0][1] == introduced[0]

    @pytest.mark.parametrize("clear", [True, False])
    def test_a_group_used_again_begins_anew_or_goes_on(
        self, system: AgentSystem, clear: bool
    ) -> None:
        """``clear_history`` of the agent that begins decides it for all members."""
        members = links(system)
        team = group(system, max_round=2)
        user = Says("user", None)
        ask(team, "one", user)
        ask(team, "two", user, clear_history=clear)
        last = [("user", "two"), ("alice", "two alice"), ("bob", "two alice bob")]
        first = [("user", "one"), ("alice", "one alice"), ("bob", "one alice bob")]
        for member in members:
            assert member.call("told", "team") == (last if clear else first + last)
