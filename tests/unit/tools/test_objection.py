"""What is wrong with a value by its schema, in words for a model."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.tools.objection import objection

PET: dict[str, Any] = {
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
PET["$defs"] = {
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
    said = objection(value, PET)
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
    assert objection(value, PET) is None


def test_every_part_of_an_all_of_counts() -> None:
    """As servers of other frameworks' tools write it."""
    schema = {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert objection({"a": 1}, schema) == "$: the field 'b' is missing"
    assert objection({"a": 1, "b": 2}, schema) is None


def test_a_long_value_is_shown_by_its_beginning() -> None:
    """The words go to a model, which knows what it wrote."""
    said = objection("x" * 1000, {"type": "integer"})
    assert said is not None
    assert said.endswith("xxx...")
    assert len(said) < 150
