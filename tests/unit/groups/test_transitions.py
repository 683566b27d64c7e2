"""Who may speak after whom: the graph of ``allowed_transitions=``."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from agentcore import AgentRef
from agentcore.groups.transitions import Transitions

MEMBERS = ("alice", "bob", "carol")


def ref(name: str) -> AgentRef:
    return AgentRef(name, "system")


def test_without_a_graph_everyone_may_follow_everyone() -> None:
    """Themselves included, in members' order."""
    transitions = Transitions.of(MEMBERS)
    assert [transitions.after(name) for name in MEMBERS] == [MEMBERS] * 3


def test_agents_refs_and_names_do_equally_in_a_graph() -> None:
    """Members, speakers and followers may each be given in any way; the order is the members'."""
    transitions = Transitions.of([ref("alice"), "bob", "carol"], {"alice": [ref("carol"), "bob"]})
    assert transitions.members == MEMBERS
    assert transitions.after("alice") == ("bob", "carol")


def test_a_speaker_without_an_entry_is_followed_by_nobody() -> None:
    """So is one with an empty list."""
    transitions = Transitions.of(MEMBERS, {"alice": ["bob"], "bob": []})
    assert transitions.after("bob") == transitions.after("carol") == ()


@pytest.mark.parametrize("began", [None, "user"])
def test_whoever_is_no_member_may_be_followed_by_anyone(began: str | None) -> None:
    """A graph says nothing of those who begin a chat from outside."""
    assert Transitions.of(MEMBERS, {}).after(began) == MEMBERS


@pytest.mark.parametrize("graph", [{"bobb": ["alice"]}, {"alice": ["bobb"]}])
def test_an_unknown_name_in_a_graph_is_an_error_that_lists_the_members(graph: Any) -> None:
    """It says which name, whom it may mean, and who there is."""
    expected = r"'bobb', who is no member.*did you mean 'bob'\?.*alice, bob, carol"
    with pytest.raises(ValueError, match=expected):
        Transitions.of(MEMBERS, graph)


@pytest.mark.parametrize("followers", ["bob", None, 3, ref("bob")])
def test_followers_are_a_list(followers: Any) -> None:
    """A single name is not taken for a list of letters."""
    with pytest.raises(TypeError, match=r"allowed_transitions\['alice'\] lists those who may"):
        Transitions.of(MEMBERS, {"alice": followers})


def test_one_speaker_has_one_entry() -> None:
    """A ref and a name of one agent are two entries for it."""
    with pytest.raises(ValueError, match="two entries for 'alice'"):
        Transitions.of(MEMBERS, {"alice": ["bob"], ref("alice"): ["carol"]})


@pytest.mark.parametrize("members", [(), ("alice", "alice"), ("alice", ref("alice"))])
def test_a_group_has_one_member_or_more_each_once(members: Sequence[Any]) -> None:
    """No member, and the same one twice, are errors."""
    with pytest.raises(ValueError, match="one member or more, each once"):
        Transitions.of(members)


def test_a_graph_crosses_to_another_process() -> None:
    """It is a plain value."""
    transitions = Transitions.of(MEMBERS, {"alice": ["bob"]})
    assert pickle.loads(pickle.dumps(transitions)) == transitions


def test_members_to_whom_nothing_leads_are_found() -> None:
    """Directly or by way of others, from the first member."""
    assert Transitions.of("abcd").never_reached() == ()
    graph = {"a": ["b"], "b": ["a"], "c": ["a", "c"], "d": ["c"]}
    assert Transitions.of("abcd", graph).never_reached() == ("c", "d")
    assert Transitions.of("abc", {"a": ["b"], "b": ["c"]}).never_reached() == ()
