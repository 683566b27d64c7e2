"""The checked arguments of a group."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

from agentcore import GroupChat, MaxMessages

MEMBERS = ["alice", "bob"]


def group(**options: Any) -> GroupChat:
    """Make a group that is not spawned."""
    return GroupChat("team", **{"agents": MEMBERS, "speaker_selection": "random", **options})


def test_the_arguments_stand_in_a_plan_that_cannot_be_changed() -> None:
    """They are checked once, when the group is made."""
    plan = group(max_round=3, admin="bob", until=MaxMessages(2)).plan
    assert (plan.group, plan.transitions.members) == ("team", ("alice", "bob"))
    assert (plan.strategy.name, plan.max_round, plan.admin) == ("random", 3, "bob")
    assert (plan.on_failure, plan.until) == ("stop", MaxMessages(2))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        plan.max_round = 4  # type: ignore[misc]


def test_a_plan_crosses_to_another_process() -> None:
    """It has plain values only, if the members are names or refs."""
    plan = group().plan
    copy = pickle.loads(pickle.dumps(plan))
    assert attrs.evolve(copy, strategy=plan.strategy) == plan


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"agents": "alice"}, TypeError, "members of a group are a list of agents"),
        ({"agents": []}, ValueError, "one member or more"),
        ({"agents": ["team"]}, ValueError, "'team' cannot be a member of itself"),
        ({"allowed_transitions": ["alice"]}, TypeError, "says for each speaker who may follow"),
        ({"max_round": 0}, ValueError, "max_round is 1 or more, not 0"),
        ({"max_round": True}, ValueError, "max_round is 1 or more, not True"),
        ({"on_failure": "ignore"}, ValueError, "on_failure is one of stop, continue"),
        ({"speaker_selection": "auto"}, ValueError, "give llm="),
        ({"admin": "zoe"}, ValueError, "admin='zoe' is no member; they are: alice, bob"),
        ({"max_rounds": 3}, TypeError, "no argument 'max_rounds'; did you mean 'max_round'"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_argument_that_cannot_be_used_is_refused(
    options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    """With a word on what is wrong with it."""
    with pytest.raises(kind, match=words):
        group(**options)
