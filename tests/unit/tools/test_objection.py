"""What is wrong with a value by its schema, in words for a model."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from agentcore.errors import ExtraMissingError
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


def of(**fields: Any) -> dict[str, Any]:
    """The schema of an object with these fields."""
    return {"type": "object", "properties": fields}


CAT = {**of(kind={"const": "cat"}, lives={"type": "integer"}), "required": ["kind", "lives"]}
DOG = {**of(kind={"const": "dog"}, name={"type": "string"}), "required": ["kind", "name"]}
TREE = of(n={"type": "integer"}, child={"$ref": "#"})
X_ONLY = {
    **of(a={}),
    "patternProperties": {"^x-": {"type": "integer"}},
    "additionalProperties": False,
}
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    ("schema", "value", "says"),
    [
        (X_ONLY, {"x-a": "q"}, '$.x-a must be an integer, not "q"'),
        (X_ONLY, {"y": 1}, "$: there is no field 'y'; the fields are: 'a', those that match ^x-"),
        (TREE, {"child": {"child": {"n": "x"}}}, '$.child.child.n must be an integer, not "x"'),
        (of(a={"$ref": "#/properties/b"}, b={"type": "integer"}), {"a": "x"}, "$.a must be an int"),
        (
            {**of(a={"$ref": "#/definitions/x~1y%20z"}), "definitions": {"x/y z": {"enum": [1]}}},
            {"a": 2},
            "$.a must be 1, not 2",
        ),
        (
            {**of(a={"$ref": "#i"}), "$defs": {"x": {"$anchor": "i", "type": "null"}}},
            {"a": 2},
            "$.a must be null, not 2",
        ),
        (
            {"$id": "https://a/b", **of(a={"$ref": "#/$defs/i"}), "$defs": {"i": {"type": "null"}}},
            {"a": 2},
            "$.a must be null, not 2",
        ),
        (of(a={"type": "string", "nullable": True}), {"a": 1}, "$.a must be a string or null"),
        (of(a={"type": "string", "nullable": False}), {"a": None}, "$.a must be a string, not nu"),
        (of(a={"enum": [1, "x"]}), {"a": True}, '$.a must be one of 1, "x", not true'),
        (of(a={"const": 0}), {"a": False}, "$.a must be 0, not false"),
        (of(a={"enum": [[1]]}), {"a": [True]}, "$.a must be [1], not [true]"),
        (of(a={"minimum": 1}), {"a": 0}, "$.a must be 1 or more, not 0"),
        (of(a={"maximum": 1}), {"a": 2}, "$.a must be 1 or less, not 2"),
        (of(a={"exclusiveMinimum": 1}), {"a": 1}, "$.a must be more than 1, not 1"),
        (of(a={"exclusiveMaximum": 1}), {"a": 1}, "$.a must be less than 1, not 1"),
        (of(a={"multipleOf": 0.1}), {"a": 0.35}, "$.a must be a multiple of 0.1, not 0.35"),
        (of(a={"minLength": 2}), {"a": "x"}, "$.a must have 2 characters or more, not 1"),
        (of(a={"maxLength": 2}), {"a": "xyz"}, "$.a must have 2 characters at most, not 3"),
        (of(a={"pattern": "^a"}), {"a": "x"}, '$.a must match the pattern ^a, not "x"'),
        (of(a={"uniqueItems": True}), {"a": [1, 1]}, "$.a must have each element once, not [1, 1]"),
        (of(a={"minProperties": 1}), {"a": {}}, "$.a must have 1 fields or more, not 0"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "$: 'b' is a dependency of 'a'"),
        ({"oneOf": [{}, {"type": "object"}]}, {}, "$ fits several of the alternatives"),
        ({"not": {}}, {}, "$: "),
        ({"oneOf": [CAT, DOG]}, {"kind": "cat"}, "$: the field 'lives' is missing"),
        (
            {"anyOf": [CAT, DOG]},
            {"kind": "cow"},
            '$.kind must be "cat", not "cow"; or $.kind must be "dog", not "cow"',
        ),
        ({"oneOf": [CAT, DOG]}, 3, "$ must be an object, not 3"),
        # drafts that $schema names, and one that is not known
        (
            {"$schema": DRAFT_4, **of(a={"minimum": 0, "exclusiveMinimum": True})},
            {"a": 0},
            "$.a must be more than 0, not 0",
        ),
        (
            {"$schema": DRAFT_7, **of(a={"items": [{"type": "integer"}]})},
            {"a": ["x"]},
            '$.a[0] must be an integer, not "x"',
        ),
        (
            of(a={"items": [{"type": "integer"}]}),
            {"a": ["x"]},
            '$.a[0] must be an integer, not "x"',
        ),
        ({"$schema": "urn:none", **of(a={"type": "null"})}, {"a": 1}, "$.a must be null, not 1"),
    ],
)
def test_what_is_checked_is_all_that_the_schema_says(schema: Any, value: Any, says: str) -> None:
    """Each keyword in words of ours, or else in those of the package."""
    said = objection(value, schema)
    assert said is not None
    assert said.startswith(says)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (X_ONLY, {"x-a": 1, "a": None}),
        (of(a={"type": "string", "nullable": True}), {"a": None}),
        (of(a={"type": "string", "enum": ["x"], "nullable": True}), {"a": None}),
        (
            of(a={"$ref": "#/$defs/s", "nullable": True}) | {"$defs": {"s": {"type": "string"}}},
            {"a": None},
        ),
        (of(a={"allOf": [{"type": "string"}], "nullable": True}), {"a": None}),
        (of(a={"enum": [1]}), {"a": 1.0}),
        (of(a={"type": "integer"}), {"a": 3.0}),
        (of(a={"multipleOf": 0.1}), {"a": 0.3}),
        (of(a={"format": "date"}), {"a": "today"}),
        # references that lead in a circle, and so demand nothing
        ({"$ref": "#"}, {"a": 1}),
        (
            {
                "$ref": "#/$defs/a",
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            },
            1,
        ),
        ({"anyOf": [{"$ref": "#"}]}, 1),
    ],
)
def test_what_fits_any_schema_meets_no_objection(schema: Any, value: Any) -> None:
    """1.0 is 1, as JSON has no kinds of numbers."""
    assert objection(value, schema) is None


BROKEN: list[Any] = [
    {"type": "date"},
    {"type": []},
    {"type": {"a": 1}},
    {"type": ["file", 3]},
    {"type": None},
    {"pattern": "(["},
    {"pattern": 3},
    {"$ref": "#/nowhere"},
    {"$ref": "https://example.com/schema.json"},
    {"$ref": "other.json#/$defs/a"},
    {"$ref": 3},
    {"$dynamicRef": "#nowhere"},
    {"minimum": "3"},
    {"minLength": "3"},
    {"exclusiveMinimum": True},
    {"multipleOf": 0},
    {"enum": "abc"},
    {"enum": []},
    {"required": True},
    {"required": "name"},
    {"properties": [1]},
    {"properties": {"x": None, "y": 3}},
    {"patternProperties": {"([": False}},
    {"patternProperties": {"([": {}}, "additionalProperties": False},
    {"additionalProperties": "no"},
    {"anyOf": []},
    {"anyOf": {"a": 1}},
    {"anyOf": [None]},
    {"allOf": "x"},
    {"items": "x"},
    {"prefixItems": 3},
    {"not": {"type": "date"}},
    {"not": {"$ref": "https://example.com/schema.json"}},
    {"not": {"minimum": "3"}},
    {"oneOf": [{"type": "date"}, {}]},
    {"if": {"$ref": "#/nowhere"}, "then": False, "else": False},
    {"dependentRequired": 3},
    {"$id": "http://["},
    {"$schema": 3},
    {"$schema": ["x"]},
    {"nullable": "yes"},
    "string",
    None,
    3,
    [],
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("value", ["text", 3, 2.5, True, {"x": 1, "y": "z"}, ["a", 1]])
def test_a_schema_that_is_broken_fails_no_call(broken: Any, value: Any) -> None:
    """What cannot be checked is not checked, and what stands beside it is."""
    assert objection(value, broken) is None
    assert objection({"a": value, "b": 1}, of(a=broken, b={"type": "integer"})) is None
    said = objection({"a": value, "b": "x"}, of(a=broken, b={"type": "integer"}))
    assert said == '$.b must be an integer, not "x"'


def nested(depth: int) -> Any:
    """A tree of so many levels."""
    value: Any = {"n": 1}
    for _ in range(depth):
        value = {"child": value}
    return value


@pytest.mark.parametrize("depth", [50, 300, 1000, 5000])
def test_a_value_that_is_nested_deeply_is_no_error(depth: int) -> None:
    """By a schema that leads back to itself, whatever the interpreter's limit."""
    assert objection(nested(depth), TREE) is None
    assert objection({**nested(depth), "n": "x"}, TREE) == '$.n must be an integer, not "x"'


@pytest.mark.parametrize("calls", [*range(20), 300, 600, 800])
def test_a_check_never_comes_to_the_limit(calls: int) -> None:
    """Wherever in the check that would be: in Rust, it would be an error that ends a process."""

    def within(left: int) -> str | None:
        return within(left - 1) if left else objection(nested(1000), TREE)

    assert within(calls) is None


@pytest.mark.parametrize(
    "reference", ["https://example.com/a.json", "file:///etc/hostname", "a.json"]
)
def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    """A schema is other people's, and is not to make this process ask anybody."""
    asked: list[Any] = []
    monkeypatch.setattr("urllib.request.urlopen", lambda *given, **more: asked.append(given))
    schema = {"$id": "https://example.com/root.json", **of(a={"$ref": reference})}
    for each in (schema, of(a={"$ref": reference}), {"$schema": reference, **of(a={})}):
        assert objection({"a": 1}, each) is None
    assert asked == []


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check needs it also for a tool with a schema of its own."""
    monkeypatch.setitem(sys.modules, "jsonschema.validators", None)
    with pytest.raises(ExtraMissingError, match=r"agentcore-actors\[tools\]"):
        objection({}, {"type": "object", "title": "not checked before"})
