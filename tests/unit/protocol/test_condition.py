"""What all stop conditions have in common: trees of them, memories, plain predicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agentcore.protocol.condition import AnyOf
from agentcore.protocol.conditions import (
    Condition,
    Elapsed,
    External,
    MaxMessages,
    SourceMatch,
    TextMention,
    TokenBudget,
    as_condition,
)
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import Entry


def said(sender: str, content: Any = "hello", **metadata: Any) -> Entry:
    return Entry(sender, "anyone", Message(content, metadata=metadata))


def spent(prompt: Any = 0, completion: Any = 0, **more: Any) -> Entry:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, **more}
    return said("bob", usage=usage)


def long(transcript: Sequence[Entry]) -> bool:
    return len(transcript) > 1


ALICE, BOB = said("alice"), said("bob")


def test_a_plain_predicate_is_asked_after_every_message() -> None:
    """With the transcript up to that message, never an empty one."""
    seen = []

    def note(transcript: Sequence[Entry]) -> bool:
        seen.append(len(transcript))
        return False

    condition = as_condition(note)
    assert condition.holds(()) is None
    assert condition.holds((ALICE, BOB, ALICE)) is None
    assert seen == [1, 2, 3]


def test_a_predicate_that_held_at_a_message_holds_for_good() -> None:
    """It need not be monotone: the condition made of it is."""
    condition = as_condition(lambda transcript: transcript[-1].sender == "bob")
    assert condition.holds((ALICE, BOB, ALICE))
    assert condition.holds((ALICE, ALICE)) is None


def test_a_predicate_names_itself() -> None:
    """A function by its name, a lambda by its line, an object by its class."""

    class Judge:
        def __call__(self, transcript: Sequence[Entry]) -> bool:
            return True

    assert repr(as_condition(long)) == "Predicate(long)"
    assert repr(as_condition(lambda _: True)).startswith("Predicate(<lambda> of line ")
    assert repr(as_condition(Judge())) == "Predicate(Judge)"


def test_what_a_predicate_raises_comes_out() -> None:
    """Its mistakes are its author's to see."""
    with pytest.raises(ZeroDivisionError):
        as_condition(lambda transcript: 1 / 0).holds((ALICE,))


def test_a_condition_is_its_own_condition() -> None:
    """Coercion changes nothing that is one already."""
    condition = MaxMessages(3)
    assert as_condition(condition) is condition


def test_trees_follow_the_precedence_of_python() -> None:
    """``&`` binds tighter than ``|``, and a tree is written as it was composed."""
    tree = MaxMessages(20) | TextMention("DONE") & SourceMatch("bob")
    assert repr(tree) == "MaxMessages(20) | TextMention('DONE') & SourceMatch('bob')"
    assert tree == MaxMessages(20) | (TextMention("DONE") & SourceMatch("bob"))
    other = (MaxMessages(20) | TextMention("DONE")) & SourceMatch("bob")
    assert repr(other) == "(MaxMessages(20) | TextMention('DONE')) & SourceMatch('bob')"
    assert other != tree


def test_either_of_two_says_which() -> None:
    """The words are those of the one that held, not of the tree."""
    tree = MaxMessages(2) | TextMention("DONE")
    assert tree.holds((ALICE, BOB)) == "MaxMessages(2)"
    assert tree.holds((said("bob", "DONE"),)) == "TextMention('DONE')"
    assert tree.holds((ALICE,)) is None


def test_both_of_two_need_not_hold_at_the_same_message() -> None:
    """DONE from alice, then a word from bob: both have come to hold."""
    tree = TextMention("DONE") & SourceMatch("bob")
    done = said("alice", "DONE")
    assert tree.holds((done, ALICE)) is None
    assert tree.holds((done, ALICE, BOB)) == "TextMention('DONE') & SourceMatch('bob')"


def test_the_words_of_both_keep_to_what_held() -> None:
    """In ``(a | b) & c`` the side that did not hold is not named."""
    tree = (MaxMessages(9) | SourceMatch("alice")) & SourceMatch("bob")
    assert tree.holds((ALICE, BOB)) == "SourceMatch('alice') & SourceMatch('bob')"


def test_plain_predicates_stand_on_either_side() -> None:
    """Of both operators, also to the left of the first condition."""
    assert (long | SourceMatch("bob")).holds((ALICE, ALICE)) == "Predicate(long)"
    assert (SourceMatch("bob") | long).holds((ALICE, ALICE)) == "Predicate(long)"
    assert (long & SourceMatch("bob")).holds((BOB, ALICE)) == "Predicate(long) & SourceMatch('bob')"
    assert (SourceMatch("bob") & long).holds((BOB,)) is None


def test_advance_sees_what_changed_without_a_message() -> None:
    """With nothing new there are still the clock and the switch; and no predicate is asked."""
    external = External()
    tree = Elapsed(5) | external | (lambda transcript: pytest.fail("asked without a message"))
    memory, held = tree.advance(tree.start(), (), (), 0.0)
    assert held is None
    assert tree.advance(memory, (), (), 5.0)[1] == "Elapsed(5)"
    external.set()
    assert tree.advance(memory, (), (), 0.0)[1] == "External()"


def test_advance_without_a_message_counts_none() -> None:
    """Asking once more does not make the transcript longer."""
    condition = MaxMessages(2)
    memory, _ = condition.advance(condition.start(), (ALICE,), (ALICE,), 0.0)
    assert condition.advance(memory, (ALICE,), (), 0.0)[1] is None


def test_what_held_once_is_not_looked_at_again() -> None:
    """Neither a condition nor a part of one: the words stay, and a predicate rests."""
    asked = []
    tree = as_condition(lambda transcript: not asked.append(1)) & SourceMatch("bob")  # type: ignore[func-returns-value]
    memory, held = tree.advance(tree.start(), (ALICE,), (ALICE,), 0.0)
    assert held is None
    memory, held = tree.advance(memory, (ALICE, BOB), (BOB,), 0.0)
    assert held is not None
    assert asked == [1]
    assert tree.advance(memory, (ALICE, BOB, ALICE), (ALICE,), 9.0) == (memory, held)


def test_an_advance_does_not_change_the_memory_it_was_given() -> None:
    """The same memory gives the same answer again, whatever was made of it in between."""
    tree = TokenBudget(total=15) & MaxMessages(2)
    first, second = spent(10), spent(10)
    memory, _ = tree.advance(tree.start(), (first,), (first,), 0.0)
    once = tree.advance(memory, (first, second), (second,), 0.0)
    assert tree.advance(memory, (first, second), (second,), 0.0) == once
    assert once[1] == "TokenBudget(total=15) & MaxMessages(2)"


def test_a_transcript_may_be_any_sequence() -> None:
    """A list does as a tuple does."""
    assert (MaxMessages(2) & long).holds([ALICE, BOB])


def test_the_operators_differ_as_values() -> None:
    """The same parts under the other operator are another condition."""
    assert MaxMessages(2) | SourceMatch("a") != MaxMessages(2) & SourceMatch("a")
    assert isinstance(MaxMessages(2) | SourceMatch("a"), AnyOf)


def test_a_long_chain_of_conditions_is_no_deep_one() -> None:
    """Many conditions composed in a loop do not run into the recursion limit."""
    tree: Condition = MaxMessages(5000)
    for number in range(3000):
        tree = tree | SourceMatch(f"agent{number}")
    assert tree.holds((said("agent2999"),)) == "SourceMatch('agent2999')"


def test_an_async_predicate_is_refused() -> None:
    """Its coroutine would be true at the first message."""

    async def later(transcript: Sequence[Entry]) -> bool:
        return False

    class Later:
        async def __call__(self, transcript: Sequence[Entry]) -> bool:
            return False

    for predicate in (later, Later()):
        with pytest.raises(TypeError, match="not async def"):
            as_condition(predicate)
