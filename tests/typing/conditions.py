"""What type checkers know of stop conditions. It is checked, and never run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from agentcore import (
    AgentRef,
    Condition,
    Elapsed,
    Entry,
    External,
    MaxMessages,
    SourceMatch,
    TextMention,
    TokenBudget,
)


def conditions_compose(ref: AgentRef) -> None:
    """Any two of them make a condition, with either operator."""
    many = MaxMessages(20) | TextMention("DONE") & SourceMatch("bob")
    assert_type(many, Condition)
    assert_type(many & Elapsed(60), Condition)
    assert_type(External() | TokenBudget(1000), Condition)
    assert_type(SourceMatch(ref) | SourceMatch("carol"), Condition)
    each: Condition = External()
    assert_type(each | each, Condition)
    MaxMessages("many")  # type: ignore[arg-type]


def a_predicate_stands_wherever_a_condition_does() -> None:
    """On either side of an operator."""

    def says_little(transcript: Sequence[Entry]) -> bool:
        return len(transcript) < 3

    assert_type(MaxMessages(3) | says_little, Condition)
    assert_type(says_little & MaxMessages(3), Condition)
    MaxMessages(3) | 4  # type: ignore[operator]


def an_external_condition_is_set_by_hand() -> None:
    """Whoever holds it can see it and set it."""
    stop = External()
    assert_type(stop.is_set, bool)
    stop.set()
