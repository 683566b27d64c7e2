"""The laws of stop conditions, on random trees and random transcripts.

What a tree should say is worked out a second time here, by plain recursion over its description:
the first message at which it holds, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import attrs
from hypothesis import given
from hypothesis import strategies as st

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

NAMES = ("alice", "bob", "carol")
TEXTS = ("DONE", "go on", "almost DONE", "done")
SECONDS = 10.0

Transcript = Sequence[Entry]


@attrs.frozen
class Leaf:
    """A condition, and the same in plain words: does it hold for this transcript just now?"""

    condition: Condition
    now: Callable[[Transcript], bool]


@attrs.frozen
class Node:
    """Two trees under ``|`` or ``&``."""

    operator: str
    left: Tree
    right: Tree


Tree = Leaf | Node


def build(tree: Tree) -> Condition:
    """Compose the tree with the operators under test."""
    if isinstance(tree, Leaf):
        return tree.condition
    left, right = build(tree.left), build(tree.right)
    return left | right if tree.operator == "|" else left & right


def first(tree: Tree, transcript: Transcript) -> int | None:
    """Say after how many messages the tree first holds: the model."""
    if isinstance(tree, Leaf):
        sizes = range(1, len(transcript) + 1)
        return next((size for size in sizes if tree.now(transcript[:size])), None)
    found = [first(tree.left, transcript), first(tree.right, transcript)]
    known = [size for size in found if size is not None]
    if tree.operator == "|":
        return min(known, default=None)
    return max(known) if len(known) == 2 else None


def when(condition: Condition, transcript: Transcript, elapsed: float = SECONDS) -> int | None:
    """Say after how many messages the condition first holds: the code under test."""
    sizes = range(1, len(transcript) + 1)
    return next((size for size in sizes if condition.holds(transcript[:size], elapsed)), None)


def _external(is_set: bool) -> Condition:
    condition = External()
    if is_set:
        condition.set()
    return condition


def _tokens(transcript: Transcript) -> int:
    usages = [entry.metadata.get("usage", {}) for entry in transcript]
    return sum(usage.get("total_tokens", 0) for usage in usages)


def _last_is(name: str, transcript: Transcript) -> bool:
    return transcript[-1].sender == name


def _mentions(text: str, source: str | None, transcript: Transcript) -> bool:
    return any(text in e.content and source in (None, e.sender) for e in transcript)


leaves: st.SearchStrategy[Tree] = st.one_of(
    st.integers(1, 9).map(lambda n: Leaf(MaxMessages(n), lambda t: len(t) >= n)),
    st.builds(
        lambda text, source: Leaf(TextMention(text, source), partial(_mentions, text, source)),
        st.sampled_from(("DONE", "on", "nowhere")),
        st.sampled_from((None, *NAMES)),
    ),
    st.sampled_from(NAMES).map(
        # What an agent says to itself, as proposed calls, is said to nobody.
        lambda name: Leaf(
            SourceMatch(name), lambda t: any(e.sender == name != e.recipient for e in t)
        )
    ),
    st.integers(1, 60).map(lambda n: Leaf(TokenBudget(total=n), lambda t: _tokens(t) >= n)),
    st.sampled_from((5.0, 10.0, 15.0)).map(lambda s: Leaf(Elapsed(s), lambda t: s <= SECONDS)),
    st.booleans().map(lambda on: Leaf(_external(on), lambda t: on)),
    # Not monotone by itself: it holds only while the last word is that agent's.
    st.sampled_from(NAMES).map(
        lambda name: Leaf(as_condition(partial(_last_is, name)), partial(_last_is, name))
    ),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda inner: st.builds(Node, st.sampled_from("|&"), inner, inner),
    max_leaves=8,
)
conditions = trees.map(build)
messages = st.builds(
    lambda text, tokens: Message(text, metadata={"usage": {"total_tokens": tokens}}),
    st.sampled_from(TEXTS),
    st.integers(0, 20),
)
entries = st.builds(
    Entry, st.sampled_from(NAMES), st.sampled_from(NAMES), messages, st.integers(0, 2)
)
transcripts = st.lists(entries, max_size=10).map(tuple)


@given(trees, transcripts)
def test_a_tree_holds_when_the_model_says_so(tree: Tree, transcript: Transcript) -> None:
    """``|`` is the earliest of its two, ``&`` the latest, at any depth of any tree."""
    assert when(build(tree), transcript) == first(tree, transcript)


@given(conditions, transcripts)
def test_a_condition_that_holds_never_ceases_to(
    condition: Condition, transcript: Transcript
) -> None:
    """Monotone: after the first prefix for which it holds, it holds for all longer ones."""
    held = [
        condition.holds(transcript[:size], SECONDS) is not None
        for size in range(len(transcript) + 1)
    ]
    assert held == sorted(held)


@given(conditions, transcripts, st.floats(0, 20), st.floats(0, 20))
def test_a_condition_that_holds_holds_later_too(
    condition: Condition, transcript: Transcript, early: float, later: float
) -> None:
    """Monotone in time as well."""
    if condition.holds(transcript, min(early, later)) is not None:
        assert condition.holds(transcript, max(early, later)) is not None


@given(conditions, transcripts)
def test_message_by_message_is_all_at_once(condition: Condition, transcript: Transcript) -> None:
    """Advancing one message at a time says at each what `holds` says of that prefix."""
    memory = condition.start()
    for size in range(1, len(transcript) + 1):
        so_far = transcript[:size]
        memory, held = condition.advance(memory, so_far, so_far[-1:], SECONDS)
        assert held == condition.holds(so_far, SECONDS)


@given(conditions, transcripts, st.data())
def test_any_split_of_a_transcript_says_the_same(
    condition: Condition, transcript: Transcript, data: st.DataObject
) -> None:
    """However many messages come at a time, also none, the answer is the same."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(transcript)), max_size=4)))
    memory, done = condition.start(), 0
    for cut in (*cuts, len(transcript)):
        memory, held = condition.advance(memory, transcript[:cut], transcript[done:cut], SECONDS)
        done = cut
        assert (held is None) == (condition.holds(transcript[:cut], SECONDS) is None)


@given(conditions, conditions, conditions)
def test_composition_is_associative(a: Condition, b: Condition, c: Condition) -> None:
    """Where the brackets stand makes no difference, not even to the value."""
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)


@given(conditions, conditions, transcripts)
def test_composition_is_commutative(a: Condition, b: Condition, transcript: Transcript) -> None:
    """Which side stands first makes no difference to when it holds."""
    assert when(a | b, transcript) == when(b | a, transcript)
    assert when(a & b, transcript) == when(b & a, transcript)


@given(conditions, conditions, transcripts)
def test_either_is_the_earliest_and_both_is_the_latest(
    a: Condition, b: Condition, transcript: Transcript
) -> None:
    """The laws that name the two operators, without the model."""
    never = len(transcript) + 1
    sooner, later = sorted((when(a, transcript) or never, when(b, transcript) or never))
    assert (when(a | b, transcript) or never) == sooner
    assert (when(a & b, transcript) or never) == later


@given(conditions, conditions, transcripts)
def test_what_holds_is_named(a: Condition, b: Condition, transcript: Transcript) -> None:
    """``a | b`` says what one of the two says, ``a & b`` what both say."""
    size = when(a | b, transcript)
    if size is not None:
        prefix = transcript[:size]
        said = (a | b).holds(prefix, SECONDS)
        assert said in (a.holds(prefix, SECONDS), b.holds(prefix, SECONDS))
    both = (a & b).holds(transcript, SECONDS)
    if both is not None:
        expected = f"{a.holds(transcript, SECONDS)} & {b.holds(transcript, SECONDS)}"
        assert both == expected


@given(conditions, transcripts)
def test_a_condition_is_not_changed_by_looking(
    condition: Condition, transcript: Transcript
) -> None:
    """Pure: asked twice, it says the same, and one tree serves any number of conversations."""
    assert condition.holds(transcript, SECONDS) == condition.holds(transcript, SECONDS)
