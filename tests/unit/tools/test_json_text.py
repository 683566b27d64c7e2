"""JSON in what a model wrote, and what is said of JSON that does not fit a schema."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.tools.json_text import json_value, json_values, objection


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
    ],
)
def test_json_is_found_whole_in_a_fence_and_amid_prose(text: str, values: list[Any]) -> None:
    """Models wrap what they were asked for; it is the same value."""
    assert list(json_values(text))[: len(values)] == values


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


PET = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "kind": {"enum": ["cat", "dog"]},
        "toys": {"type": "array", "items": {"$ref": "#/$defs/Toy"}},
        "owner": {"anyOf": [{"$ref": "#/$defs/Toy"}, {"type": "null"}]},
        "place": {"type": "array", "prefixItems": [{"type": "number"}], "items": False},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "fixed": {"const": 1},
        "pair": {"type": ["array", "null"], "minItems": 2, "maxItems": 2},
    },
    "required": ["name"],
    "additionalProperties": False,
}
DEFINITIONS = {
    "Toy": {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"]}
}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "$ must be an object, not []"),
        ({}, "$: the field 'name' is missing"),
        ({"name": 1}, "$.name must be a string, not 1"),
        ({"name": "Tom", "age": "3"}, '$.age must be an integer, not "3"'),
        ({"name": "Tom", "age": True}, "$.age must be an integer, not true"),
        ({"name": "Tom", "kind": "cow"}, '$.kind must be one of "cat", "dog", not "cow"'),
        ({"name": "Tom", "toys": [{}]}, "$.toys[0]: the field 'price' is missing"),
        ({"name": "Tom", "owner": {}}, "$.owner: the field 'price' is missing"),
        ({"name": "Tom", "owner": 3}, "$.owner must be an object, not 3; or "),
        ({"name": "Tom", "place": [1.5, 2]}, "$.place[1]: nothing may stand here"),
        ({"name": "Tom", "tags": {"a": 1}}, "$.tags.a must be a string, not 1"),
        ({"name": "Tom", "fixed": True}, "$.fixed must be 1, not true"),
        ({"name": "Tom", "pair": [1]}, "$.pair must have 2 elements or more, not 1"),
        ({"name": "Tom", "pair": [1, 2, 3]}, "$.pair must have 2 elements at most, not 3"),
        ({"name": "Tom", "pair": 1}, "$.pair must be an array or null, not 1"),
        ({"name": "Tom", "nmae": 1}, "$: there is no field 'nmae'; the fields are: 'name', "),
    ],
)
def test_an_objection_says_what_is_wrong_and_where(value: Any, says: str) -> None:
    """With a path, and words that a model can act on."""
    said = objection(value, PET, DEFINITIONS)
    assert said is not None
    assert said.startswith(says)


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Tom"},
        {"name": "Tom", "age": 3, "kind": "cat", "toys": [{"price": 1}, {"price": 1.5}]},
        {"name": "Tom", "owner": None, "place": [1], "tags": {"a": "b"}, "fixed": 1},
        {"name": "Tom", "pair": None},
    ],
)
def test_what_fits_meets_no_objection(value: Any) -> None:
    """An int does as a number; fields that are not required may be away."""
    assert objection(value, PET, DEFINITIONS) is None


def test_every_part_of_an_all_of_counts() -> None:
    """As servers of other frameworks' tools write it."""
    schema = {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert objection({"a": 1}, schema, {}) == "$: the field 'b' is missing"
    assert objection({"a": 1, "b": 2}, schema, {}) is None


def test_a_long_value_is_shown_by_its_beginning() -> None:
    """The words go to a model, which knows what it wrote."""
    said = objection("x" * 1000, {"type": "integer"}, {})
    assert said is not None
    assert said.endswith("xxx...")
    assert len(said) < 150
