"""Checks of arguments say what is wrong, and hints name what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.checks import check_timeout, did_you_mean, several

# --- did_you_mean ---------------------------------------------------------------------------


def test_a_name_that_is_close_is_suggested() -> None:
    """As the end of an error's sentence."""
    assert did_you_mean("bobb", ["alice", "bob"]) == "; did you mean 'bob'?"


def test_several_names_are_suggested_the_closest_first() -> None:
    """Three at the most, or as many as are asked for."""
    known = ["agents", "agent_1", "agent_12", "agent_123", "agent_1234"]
    assert did_you_mean("agent_12", known) == (
        "; did you mean 'agent_12' or 'agent_123' or 'agent_1'?"
    )
    assert did_you_mean("agent_12", known, count=1) == "; did you mean 'agent_12'?"


def test_nothing_is_suggested_where_nothing_is_close() -> None:
    """An error then has no hint, and no stray words."""
    assert did_you_mean("carol", ["alice", "bob"]) == ""
    assert did_you_mean("carol", []) == ""


def test_how_close_a_name_must_be_can_be_chosen() -> None:
    """A context may have any word but a slip of an option's name."""
    assert did_you_mean("sylent", ["silent"], cutoff=0.8) == "; did you mean 'silent'?"
    assert did_you_mean("saint", ["silent"]) == "; did you mean 'silent'?"
    assert did_you_mean("saint", ["silent"], cutoff=0.8) == ""


def test_a_hint_may_be_a_sentence_of_its_own() -> None:
    """Its beginning is the caller's."""
    assert did_you_mean("hots", ["hosts"], " Did you mean ") == " Did you mean 'hosts'?"


def test_the_names_may_come_from_any_iterable() -> None:
    """Such as the keys of a dict, or a generator."""
    assert did_you_mean("bobb", {"bob": 1}) == "; did you mean 'bob'?"
    assert did_you_mean("bobb", (name for name in ["bob"])) == "; did you mean 'bob'?"


# --- timeouts and iterables -------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [None, 0, 0.5, 3, float("inf")])
def test_seconds_or_none_are_a_timeout(timeout: Any) -> None:
    """Zero is one, too: what is there already is then taken."""
    check_timeout(timeout)


@pytest.mark.parametrize(
    ("timeout", "error", "says"),
    [
        ("3", TypeError, "a number of seconds, not '3'"),
        (True, TypeError, "a number of seconds, not True"),
        (-1, ValueError, "0 seconds or more, not -1"),
        (float("nan"), ValueError, "0 seconds or more, not nan"),
    ],
)
def test_what_is_no_timeout_is_refused(timeout: Any, error: type[Exception], says: str) -> None:
    """With its value."""
    with pytest.raises(error, match=says):
        check_timeout(timeout)


@pytest.mark.parametrize("values", [["a", "b"], ("a", "b"), iter(["a", "b"]), {"a": 1, "b": 2}])
def test_an_iterable_is_several(values: Any) -> None:
    """Whatever it is, it is kept as a tuple."""
    assert several(values, "a list") == ("a", "b")


@pytest.mark.parametrize("value", ["ab", 3, None])
def test_one_value_is_not_several(value: Any) -> None:
    """A text least of all, though it can be iterated."""
    with pytest.raises(TypeError, match=f"takes a list, not {value!r}"):
        several(value, "takes a list")
