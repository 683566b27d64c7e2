"""The stop conditions, one by one; their laws are in ``tests/properties``."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

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


def long(transcript: Sequence[Entry]) -> bool:
    return len(transcript) > 1


def spent(prompt: Any = 0, completion: Any = 0, **more: Any) -> Entry:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, **more}
    return said("bob", usage=usage)


ALICE, BOB = said("alice"), said("bob")


def test_max_messages_holds_from_its_number_of_messages_on() -> None:
    """Not before the n-th message, at it, and after it; and says itself in words."""
    condition = MaxMessages(2)
    assert condition.holds(()) is None
    assert condition.holds((ALICE,)) is None
    assert condition.holds((ALICE, BOB)) == "MaxMessages(2)"
    assert condition.holds((ALICE, BOB, ALICE)) == "MaxMessages(2)"


def test_messages_of_nested_conversations_count() -> None:
    """The depth of a message makes no difference."""
    nested = Entry("alice", "bob", Message("DONE"), depth=2)
    assert MaxMessages(1).holds((nested,))
    assert TextMention("DONE").holds((nested,))
    assert SourceMatch("alice").holds((nested,))


def test_text_mention_finds_the_text_inside_a_message() -> None:
    """Anywhere in the content, upper and lower case kept apart, also in the first message."""
    condition = TextMention("DONE")
    assert condition.holds((said("alice", "we are DONE here"),)) == "TextMention('DONE')"
    assert condition.holds((said("alice", "done"), BOB)) is None


def test_text_mention_of_given_sources_ignores_what_others_say() -> None:
    """A task that mentions the text does not stop what it begins."""
    condition = TextMention("DONE", sources=["bob", "carol"])
    assert condition.holds((said("alice", "say DONE at the end"),)) is None
    held = condition.holds((said("alice", "say DONE"), said("carol", "DONE")))
    assert held == "TextMention('DONE', sources=['bob', 'carol'])"


def test_one_source_needs_no_list() -> None:
    """A single name does, and the order of several does not matter."""
    assert TextMention("x", "bob") == TextMention("x", ["bob"])
    assert TextMention("x", ["bob", "amy"]) == TextMention("x", {"amy", "bob"})


def test_agents_do_where_names_do() -> None:
    """Whatever has a name stands for it."""

    @attrs.frozen
    class Agent:
        name: str

    assert SourceMatch(Agent("bob")) == SourceMatch("bob")
    assert TextMention("x", Agent("bob")) == TextMention("x", sources="bob")


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "all DONE"}, {"type": "image_url", "image_url": {"url": "u"}}],
        ["nothing", "DONE"],
    ],
)
def test_text_mention_reads_the_texts_among_the_parts_of_a_content(content: Any) -> None:
    """A content in parts is searched part by part."""
    assert TextMention("DONE").holds((said("alice", content),))


def test_text_mention_passes_over_what_is_no_text() -> None:
    """An image, and a message that is a tool call alone, mention nothing and break nothing."""
    image = said("alice", [{"type": "image_url", "image_url": {"url": "DONE"}}])
    call = Entry("alice", "bob", Message(tool_calls=[{"id": "1"}]))
    assert TextMention("DONE").holds((image, call)) is None


def test_source_match_holds_once_one_of_its_agents_spoke() -> None:
    """One of several names is enough; a recipient does not count."""
    condition = SourceMatch("bob", "carol")
    assert condition.holds((Entry("alice", "bob", Message("hello")),)) is None
    assert condition.holds((ALICE, said("carol"))) == "SourceMatch('bob', 'carol')"


def test_token_budget_adds_up_what_messages_report() -> None:
    """Each of the three limits looks at its own sum, and holds when that is reached."""
    transcript = (spent(10, 1), ALICE, spent(20, 2))
    assert TokenBudget(total=33).holds(transcript) == "TokenBudget(total=33)"
    assert TokenBudget(total=34).holds(transcript) is None
    assert TokenBudget(prompt=30).holds(transcript)
    assert TokenBudget(prompt=31).holds(transcript) is None
    assert TokenBudget(completion=3).holds(transcript)
    assert TokenBudget(completion=4).holds(transcript) is None
    assert TokenBudget(34, completion=3).holds(transcript) == "TokenBudget(total=34, completion=3)"


def test_a_reported_total_comes_before_the_sum_of_its_parts() -> None:
    """A model may count more than the two parts (thinking, say)."""
    transcript = (spent(1, 1, total_tokens=50),)
    assert TokenBudget(total=50).holds(transcript)
    assert not TokenBudget(total=51).holds(transcript)


@pytest.mark.parametrize("usage", [None, "many", [1], {}, {"total_tokens": "7"}, {"x": 1}])
def test_a_bad_report_of_tokens_costs_nothing(usage: Any) -> None:
    """What is no count is no reason to stop, nor to fail."""
    assert TokenBudget(total=1).holds((said("bob", usage=usage),)) is None


@pytest.mark.parametrize("wrong", [-10, float("nan"), float("-inf")])
def test_a_wrong_report_takes_nothing_back(wrong: float) -> None:
    """What was used stays used, whatever a later message says."""
    assert TokenBudget(total=15).holds((spent(10), spent(wrong), spent(5)))


def test_elapsed_looks_at_the_given_time() -> None:
    """From its number of seconds on, with or without messages."""
    assert Elapsed(2.5).holds((ALICE,), 2.4) is None
    assert Elapsed(2.5).holds((ALICE,), 2.5) == "Elapsed(2.5)"
    assert Elapsed(2.5).holds((), elapsed=3.0) == "Elapsed(2.5)"
    assert Elapsed(1).holds((ALICE,)) is None


def every_condition() -> list[Condition]:
    leaves: list[Condition] = [
        MaxMessages(2),
        TextMention("x", "bob"),
        SourceMatch("bob"),
        TokenBudget(1, 2, 3),
        Elapsed(1),
        External(),
        as_condition(long),
    ]
    return [*leaves, leaves[0] | leaves[1] & leaves[2], (leaves[0] | leaves[5]) & leaves[6]]


@pytest.mark.parametrize("condition", every_condition(), ids=repr)
def test_every_condition_is_a_frozen_value(condition: Condition) -> None:
    """No field can be set; it pickles to an equal, equally hashed one; its memory pickles too."""
    fields = attrs.fields(type(condition))  # type: ignore[arg-type]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(condition, fields[0].name, None)
    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        condition.anything = 1  # type: ignore[attr-defined]
    other = pickle.loads(pickle.dumps(condition))
    assert other == condition
    assert hash(other) == hash(condition)
    memory, _ = condition.advance(condition.start(), (ALICE,), (ALICE,), 0.0)
    assert pickle.loads(pickle.dumps(memory)) == memory


@pytest.mark.parametrize(
    ("make", "args", "error", "says"),
    [
        (MaxMessages, (0,), ValueError, "1 or more, not 0"),
        (MaxMessages, (True,), TypeError, "whole number, not bool"),
        (MaxMessages, (2.0,), TypeError, "whole number, not float"),
        (TextMention, ("",), ValueError, "every message"),
        (TextMention, (b"x",), TypeError, "is a str, not bytes"),
        (TextMention, ("x", []), ValueError, "one name or more"),
        (TextMention, ("x", 3), TypeError, "agents or their names, not int"),
        (SourceMatch, (), ValueError, "one name or more"),
        (SourceMatch, ("",), ValueError, "no empty one"),
        (SourceMatch, (["bob"],), TypeError, "agents or their names, not list"),
        (TokenBudget, (), ValueError, "give total=, prompt= or completion="),
        (TokenBudget, (0,), ValueError, "total= of TokenBudget is 1 or more"),
        (TokenBudget, (None, "9"), TypeError, "prompt= of TokenBudget is a whole number"),
        (Elapsed, (0,), ValueError, "more than 0 seconds"),
        (Elapsed, (float("nan"),), ValueError, "more than 0 seconds"),
        (Elapsed, ("3",), TypeError, "number of seconds, not str"),
        (as_condition, ("DONE",), TypeError, "TextMention('DONE')"),
        (as_condition, ([MaxMessages(1)],), TypeError, "not list"),
        (as_condition, (MaxMessages,), TypeError, "write MaxMessages(...)"),
        (operator.or_, (MaxMessages, MaxMessages(3)), TypeError, "write MaxMessages(...)"),
        (operator.or_, (MaxMessages(3), "DONE"), TypeError, "not str"),
        (operator.and_, (3, MaxMessages(3)), TypeError, "not int"),
        (bool, (MaxMessages(3),), TypeError, "compose with | and &"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(
    make: Callable[..., object], args: tuple[Any, ...], error: type[Exception], says: str
) -> None:
    """At once, with words that say what to do; ``bool`` is what ``or`` and ``and`` ask for."""
    with pytest.raises(error) as caught:
        make(*args)
    assert says in str(caught.value)
