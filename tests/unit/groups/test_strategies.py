"""The strategies that select the next speaker."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.groups.choice import SelectionContext
from agentcore.groups.strategies import SELECTIONS, Random, RoundRobin, next_in_turn, strategy_for

MEMBERS = ("alice", "bob", "carol")
FLOOR = SelectionContext(
    "alice", ({"name": "user", "content": "hello"}, {"name": "alice", "content": "hi"})
)


@pytest.mark.parametrize(
    ("last", "candidates", "expected"),
    [
        (None, MEMBERS, "alice"),
        ("user", MEMBERS, "alice"),
        ("alice", MEMBERS, "bob"),
        ("carol", MEMBERS, "alice"),
        ("alice", ("alice", "carol"), "carol"),
        ("alice", ("alice",), "alice"),
        ("alice", (), None),
    ],
)
def test_the_next_in_turn_follows_the_last_speaker(
    last: str | None, candidates: tuple[str, ...], expected: str | None
) -> None:
    """Around the circle, past those who may not, and back to the speaker if need be."""
    assert next_in_turn(MEMBERS, last, candidates) == expected
    assert RoundRobin(MEMBERS).choose(candidates, SelectionContext(last)) == expected


def test_chance_visits_everyone() -> None:
    """Any candidate is drawn, and two seeds draw in two orders."""
    one, other = Random(1), Random(2)
    first = [one.choose(MEMBERS, FLOOR) for _ in range(50)]
    second = [other.choose(MEMBERS, FLOOR) for _ in range(50)]
    assert set(first) == set(second) == set(MEMBERS)
    assert first != second


@pytest.mark.parametrize("selection", [*SELECTIONS, lambda: "alice"])
def test_where_nobody_may_speak_nobody_is_chosen(selection: Any) -> None:
    """No strategy makes somebody up, and no function is asked in vain."""
    assert strategy_for(selection, MEMBERS).choose((), FLOOR) is None


def test_the_strategies_are_named_as_they_are_asked_for() -> None:
    """Also those that stand in where a human or a model does not say."""
    assert [strategy_for(each, MEMBERS).name for each in SELECTIONS] == list(SELECTIONS)
    assert strategy_for("auto", MEMBERS).choose(MEMBERS, FLOOR) == "bob"


def test_an_unknown_strategy_is_an_error_that_lists_them() -> None:
    """It names the one that is close."""
    with pytest.raises(ValueError, match=r"'roundrobin'.*did you mean 'round_robin'\?.*manual"):
        strategy_for("roundrobin", MEMBERS)
