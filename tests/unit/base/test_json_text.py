"""JSON in what a model wrote."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.json_text import json_value, json_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ("  3 ", [3]),
        ('```json\n{"a": 1}\n```', [{"a": 1}]),
        ("Here it is:\n```\n[1, 2]\n```\nIs it right?", [[1, 2]]),
        ('Sure! {"a": {"b": [1]}} Anything else?', [{"a": {"b": [1]}}]),
        ('It says {x} and means {"a": 1}', [{"a": 1}]),
        ('{"a": "```json\\n{}```"}', [{"a": "```json\n{}```"}]),
        ('First {"a": 1}, no: {"a": 2}. Or [3].', [{"a": 1}, {"a": 2}, [3]]),
        ('```\n3\n```\nOr rather {"a": 1}\n```json\n{"a": 2}\n```', [3, {"a": 1}, {"a": 2}]),
        ("{x} " * 100 + '{"a": 1}', [{"a": 1}]),
    ],
)
def test_json_is_found_whole_in_a_fence_and_amid_prose(text: str, values: list[Any]) -> None:
    """Models wrap what they were asked for; it is the same value."""
    assert list(json_values(text)) == values


def test_the_whole_text_comes_before_what_is_within() -> None:
    """Text that is JSON is not looked into."""
    assert list(json_values('[{"a": 1}]')) == [[{"a": 1}]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        ("I cannot do that.", "Expecting value"),
        ('Here: {"a": 1, "b', "Unterminated string starting at: line 1 column 10"),
        ("NaN", "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 10_000, "no JSON"),
    ],
)
def test_text_without_json_is_refused_in_words(text: str, says: str) -> None:
    """A ValueError that says where it goes wrong, whatever the text."""
    with pytest.raises(ValueError, match=says):
        list(json_values(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "leg", "parts": [{"title": "foot"}',
        '```json\n{"title": "leg", "parts": [{"title": "foot"}\n```',
        'Here: {"title": "leg", "parts": [{"title": "foot"}, ',
        '{"text": "```\\n3\\n```", "more',
        '{"text": "```\n3\n```", "more',
    ],
)
def test_a_part_is_never_taken_for_the_whole(text: str) -> None:
    """What was cut off has values inside that look as if they were meant."""
    with pytest.raises(ValueError, match="no JSON"):
        list(json_values(text))


def test_arguments_are_json_and_nothing_else() -> None:
    """Prose around the arguments of a call is a mistake, not a manner."""
    assert json_value(' {"a": 1}\n') == {"a": 1}
    with pytest.raises(ValueError, match="no JSON"):
        json_value('Sure: {"a": 1}')
