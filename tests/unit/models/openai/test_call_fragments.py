"""Tool calls in fragments: whatever a server's way to number, name and split them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.models import ToolCall
from agentcore.models.openai.call_fragments import CallFragments
from tests.chat_protocol.call_ways import (
    WAYS,
    Fragment,
    Way,
    all_repeated,
    as_object,
    by_the_book,
    fragment,
    fragments_of,
    id_repeated,
    new_ids,
    texts_as_numbers,
    whole,
    whole_at_zero,
    with_nulls,
)  # fmt: skip

INTERLEAVED = (by_the_book, with_nulls, id_repeated, all_repeated, new_ids, texts_as_numbers)

NAMES = st.from_regex(r"[a-z_]{2,8}", fullmatch=True)
TEXTS = st.text('ab{}[]",: \\é\U0001f600', max_size=6)
VALUES = st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2)
ARGUMENTS = st.dictionaries(TEXTS, VALUES, max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)


@st.composite
def call_lists(draw: st.DrawFn) -> list[ToolCall]:
    """Draw calls whose ids differ; names and arguments may be equal."""
    drawn = draw(st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=4))
    return [ToolCall(f"call_{i}", name, text) for i, (name, text) in enumerate(drawn)]


def put_together(events: list[list[Fragment]]) -> list[ToolCall]:
    """Give the calls of some events."""
    calls = CallFragments()
    for each in events:
        calls.add(each)
    return list(calls.whole())


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=40)
@given(calls=call_lists(), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_any_splitting_gives_the_calls_back(
    way: Way, calls: list[ToolCall], cuts: list[int]
) -> None:
    """In the way of each server, whatever the names and arguments."""
    events = [
        [each]
        for number, call in enumerate(calls)
        for each in way(number, call, fragments_of(call.arguments, cuts))
    ]
    found = put_together(events)
    assert [(each.id, each.name) for each in found] == [(each.id, each.name) for each in calls]
    assert [json.loads(each.arguments) for each in found] == [
        json.loads(each.arguments) for each in calls
    ]


@pytest.mark.parametrize("way", INTERLEAVED)
@settings(max_examples=40)
@given(calls=call_lists(), cuts=st.lists(st.integers(0, 60), max_size=5), data=st.data())
def test_fragments_that_are_numbered_may_come_in_any_mixture(
    way: Way,
    calls: list[ToolCall],
    cuts: list[int],
    data: st.DataObject,
) -> None:
    """Also several in one event."""
    queues = [
        way(number, call, fragments_of(call.arguments, cuts)) for number, call in enumerate(calls)
    ]
    events = [[queue.pop(0) for queue in queues]]  # calls begin in their order
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        events.append([queue.pop(0)])
    assert put_together(events) == calls


@pytest.mark.parametrize("way", [whole, whole_at_zero, as_object])
def test_whole_calls_may_come_in_one_event(
    way: Way,
) -> None:
    """Two of one tool, and one of another; with ids or without."""
    calls = [ToolCall.of("a", "f", x=1), ToolCall.of("b", "f", x=1), ToolCall.of("c", "g")]
    event = [each for number, call in enumerate(calls) for each in way(number, call, [])]
    assert put_together([event]) == calls
    for each in event:
        del each["id"]
    named = [(each.name, each.arguments) for each in put_together([event])]
    assert named == [(call.name, call.arguments) for call in calls]


# --- single cases -------------------------------------------------------------------------------

SINGLE: dict[str, tuple[list[list[Any]], list[tuple[str, str]]]] = {
    "a name without arguments": ([[fragment(None, "a", "f", index=0)]], [("f", "{}")]),
    "two without arguments at 0": (
        [[fragment("", "a", "f", index=0)], [fragment("", "b", "g", index=0)]],
        [("f", "{}"), ("g", "{}")],
    ),
    "two at 0, mixed, told apart by their ids": (
        [
            [fragment("", "a", "f", index=0)],
            [fragment("", "b", "g", index=0)],
            [fragment('{"x": 1}', "a", index=0)],
            [fragment("{}", "b", index=0)],
        ],
        [("f", '{"x": 1}'), ("g", "{}")],
    ),
    "a new id and the name in each fragment": (
        [[fragment('{"x"', "a", "f", index=0)], [fragment(": 1}", "b", "f", index=0)]],
        [("f", '{"x": 1}')],
    ),
    "one id for whole calls of one tool": (
        [[fragment('{"x": 1}', "0", "f")], [fragment('{"x": 2}', "0", "f")]],
        [("f", '{"x": 1}'), ("f", '{"x": 2}')],
    ),
    "ids that are null as a text": (
        [[fragment('{"x": 1}', "null", "f")], [fragment('{"x": 1}', "null", "f")]],
        [("f", '{"x": 1}'), ("f", '{"x": 1}')],
    ),
    "no ids, and all at 0": (
        [[fragment('{"x": 1}', "", "f", index=0)], [fragment('{"x": 2}', "", "f", index=0)]],
        [("f", '{"x": 1}'), ("f", '{"x": 2}')],
    ),
    "an empty object first": (
        [[fragment("{}", "a", "f", index=0)], [fragment('{"x": 1}', index=0)]],
        [("f", '{"x": 1}')],
    ),
    "the arguments twice": (
        [[fragment('{"x": 1}', "a", "f", index=0)], [fragment('{"x": 1}', "a", "f", index=0)]],
        [("f", '{"x": 1}')],
    ),
    "an index that counts the fragments": (
        [[fragment('{"x"', "a", "f", index=0)], [fragment(": 1}", index=1)]],
        [("f", '{"x": 1}')],
    ),
    "a call that is none": ([[3], [fragment("{}", "a", "f", index=0)]], [("", "3"), ("f", "{}")]),
    "no function around it": ([[{"id": "a", "name": "f", "arguments": "{}"}]], [("f", "{}")]),
    "arguments that are cut off": ([[fragment('{"x": ', "a", "f", index=0)]], [("f", '{"x": ')]),
    "one id for two calls": (
        [[fragment('{"x": 1}', "a", "f", index=0)], [fragment("{}", "a", "g", index=1)]],
        [("f", '{"x": 1}'), ("g", "{}")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_calls_as_servers_have_sent_them(name: str) -> None:
    """Each was seen in a public report, or is one of its kind."""
    events, expected = SINGLE[name]
    assert [(each.name, each.arguments) for each in put_together(events)] == expected


def test_further_fields_of_a_call_are_kept_from_all_its_fragments() -> None:
    """Gemini's signature of thoughts, also where it stands within the function."""
    signed = {"google": {"thought_signature": "abc"}}
    head = fragment("", "a", "f", index=0, extra_content=signed)
    head["function"]["thought_signature"] = "s"
    rest = fragment("{}", index=0, extra_content=signed, other={"n": 1})
    (call,) = put_together([[head], [rest]])
    assert call.as_dict() == {
        "id": "a",
        "type": "function",
        "function": {"name": "f", "arguments": "{}", "thought_signature": "s"},
        "extra_content": signed,
        "other": {"n": 1},
    }
    assert ToolCall.from_dict(call.as_dict()) == call
