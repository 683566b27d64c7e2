"""Arguments that nearly fit."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest

from agentcore.tools.near_misses import fitting_arguments, mended

TREE = {"type": "object", "properties": {"n": {"type": "integer"}, "child": {"$ref": "#"}}}


def of(**fields: Any) -> dict[str, Any]:
    """The schema of an object with these fields, none of which is required."""
    return {"type": "object", "properties": fields, "additionalProperties": False}


def typed(kind: Any) -> dict[str, Any]:
    """The schema of an object whose field a has this type."""
    return of(a={"type": kind})


SET = of(a={"type": "array", "uniqueItems": True})
NESTED = of(
    o=of(
        n={"type": "integer"},
        bs={"type": "array", "items": {"type": "boolean"}},
        pair={"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    )
)
PETS = of(
    pet={
        "oneOf": [
            {**of(kind={"const": "cat"}, lives={"type": "integer"}), "required": ["kind"]},
            {**of(kind={"const": "dog"}, name={"type": "string"}), "required": ["kind"]},
        ]
    }
)


@pytest.mark.parametrize(
    ("schema", "written", "meant"),
    [
        # null for a field that may be left out
        (typed("integer"), {"a": None}, {}),
        (typed("integer"), {"a": "null"}, {}),
        (typed("integer"), {"a": "None"}, {}),
        (NESTED, {"o": {"n": None}}, {"o": {}}),
        (TREE, {"child": {"child": None}}, {"child": {}}),
        # an element of a set that is given again
        (SET, {"a": ["x", "y", "x"]}, {"a": ["x", "y"]}),
        (SET, {"a": '["x", {"b": 1, "c": 2}, {"c": 2, "b": 1}]'}, {"a": ["x", {"c": 2, "b": 1}]}),
        # a value given as a text
        (typed("integer"), {"a": "3"}, {"a": 3}),
        (typed("integer"), {"a": " -3 "}, {"a": -3}),
        (typed("integer"), {"a": "3.0"}, {"a": 3}),
        (typed("number"), {"a": "2.5"}, {"a": 2.5}),
        (typed("number"), {"a": "3"}, {"a": 3}),
        (typed("boolean"), {"a": "true"}, {"a": True}),
        (typed("boolean"), {"a": "False"}, {"a": False}),
        (typed("array"), {"a": "[1, 2]"}, {"a": [1, 2]}),
        (typed("array"), {"a": "['x', True]"}, {"a": ["x", True]}),
        (typed("object"), {"a": '{"b": 1}'}, {"a": {"b": 1}}),
        (typed("object"), {"a": "{'b': None}"}, {"a": {"b": None}}),
        (typed("object"), {"a": json.dumps(json.dumps({"b": 1}))}, {"a": {"b": 1}}),
        (typed("null"), {"a": "null"}, {"a": None}),
        (typed(["integer", "null"]), {"a": "3"}, {"a": 3}),
        (of(a={"anyOf": [{"type": "integer"}, {"type": "null"}]}), {"a": "3"}, {"a": 3}),
        (of(a={"anyOf": [{"type": "boolean"}, {"type": "integer"}]}), {"a": "3"}, {"a": 3}),
        (of(a={"type": "integer", "nullable": True}), {"a": "null"}, {"a": None}),
        (
            NESTED,
            {"o": '{"n": "3", "bs": "[true, \'false\']"}'},
            {"o": {"n": 3, "bs": [True, False]}},
        ),
        (NESTED, {"o": {"pair": ["1", 2]}}, {"o": {"pair": [1, "2"]}}),
        (TREE, {"child": {"child": {"n": "3"}}}, {"child": {"child": {"n": 3}}}),
        (PETS, {"pet": {"kind": "cat", "lives": "9"}}, {"pet": {"kind": "cat", "lives": 9}}),
        (PETS, {"pet": '{"kind": "dog", "name": 1}'}, {"pet": {"kind": "dog", "name": "1"}}),
        ({"allOf": [typed("integer")]}, {"a": "3"}, {"a": 3}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"x": "3"}, {"x": 3}),
        (
            {"type": "object", "patternProperties": {"^x": {"type": "integer"}}},
            {"x": "3"},
            {"x": 3},
        ),
        (
            {**of(a={"$ref": "#/$defs/n"}), "$defs": {"n": {"type": "integer"}}},
            {"a": "3"},
            {"a": 3},
        ),
        # a text that is wanted
        (typed("string"), {"a": 8001}, {"a": "8001"}),
        (typed("string"), {"a": 1.5}, {"a": "1.5"}),
        (typed("string"), {"a": True}, {"a": "true"}),
        (typed(["string", "null"]), {"a": 8001}, {"a": "8001"}),
        (of(a={"anyOf": [{"type": "null"}, {"type": "string"}]}), {"a": 8001}, {"a": "8001"}),
        # a value of an enumeration
        (of(a={"enum": ["celsius", "kelvin"]}), {"a": "Celsius"}, {"a": "celsius"}),
        (of(a={"enum": ["celsius", "kelvin"]}), {"a": " kelvin\n"}, {"a": "kelvin"}),
        (of(a={"enum": ["celsius", "kelvin"]}), {"a": "'kelvin'"}, {"a": "kelvin"}),
        (of(a={"type": "integer", "enum": [1, 2]}), {"a": "2"}, {"a": 2}),
        (of(a={"type": "string", "enum": ["1", "2"]}), {"a": 2}, {"a": "2"}),
        (of(a={"enum": [True, "auto"]}), {"a": "true"}, {"a": True}),
        (of(a={"const": "x"}), {"a": "X"}, {"a": "x"}),
    ],
)
def test_a_near_miss_is_read_as_it_was_meant(
    schema: dict[str, Any], written: dict[str, Any], meant: dict[str, Any]
) -> None:
    """And mending what is mended changes nothing."""
    before = copy.deepcopy(written)
    found = fitting_arguments(json.dumps(written), schema, "f")
    assert found == meant
    assert json.dumps(found) == json.dumps(meant)  # True is not 1 here, and 3.0 not 3
    assert mended(found, schema) == found
    mended(written, schema)
    assert written == before


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (typed("string"), {"a": "3"}),
        (typed("string"), {"a": "null"}),
        (typed("string"), {"a": "[1]"}),
        (of(a={"anyOf": [{"type": "integer"}, {"type": "string"}]}), {"a": "3"}),
        (of(a={"anyOf": [{"type": "string"}, {"type": "null"}]}), {"a": "null"}),
        (of(a={}), {"a": "3"}),
        (typed(["string", "null"]), {"a": None}),
        (of(a={"enum": ["A", "a"]}), {"a": "a"}),
        (of(arguments={"type": "object"}), {"arguments": {"arguments": {}}}),
        ({"type": "object"}, {"arguments": {"a": 1}}),
        ({"type": "object"}, {"name": "f", "arguments": "{}"}),
        (of(a={"type": "string", "nullable": True}), {"a": None}),
        ({"type": "object", "additionalProperties": {}}, {"a": None}),
    ],
)
def test_what_fits_is_not_touched(schema: dict[str, Any], written: dict[str, Any]) -> None:
    """However much it looks like something else."""
    assert fitting_arguments(json.dumps(written), schema, "f") == written


@pytest.mark.parametrize("schema", [typed("integer"), of(a={"enum": [3]}), of(a={"const": 3})])
def test_a_whole_number_is_an_integer_where_one_is_wanted(schema: dict[str, Any]) -> None:
    """A function that counts with it would fail on a float."""
    found = fitting_arguments('{"a": 3.0}', schema, "f")
    assert type(found["a"]) is int
    assert type(fitting_arguments('{"a": 3.0}', typed("number"), "f")["a"]) is float


@pytest.mark.parametrize(
    ("schema", "written", "says"),
    [
        (typed("integer"), {"a": "three"}, 'arguments.a must be an integer, not "three"'),
        (typed("integer"), {"a": "3.5"}, 'arguments.a must be an integer, not "3.5"'),
        (typed("integer"), {"a": "3 apples"}, 'arguments.a must be an integer, not "3 apples"'),
        (typed("integer"), {"a": True}, "arguments.a must be an integer, not true"),
        (typed("boolean"), {"a": 1}, "arguments.a must be true or false, not 1"),
        (typed("boolean"), {"a": "yes"}, 'arguments.a must be true or false, not "yes"'),
        (typed("array"), {"a": "x"}, 'arguments.a must be an array, not "x"'),
        (typed("array"), {"a": "[1, 2"}, 'arguments.a must be an array, not "[1, 2"'),
        (typed("object"), {"a": '{"b": 1'}, "arguments.a must be an object"),
        (typed("string"), {"a": {"b": 1}}, 'arguments.a must be a string, not {"b": 1}'),
        (
            {**typed("integer"), "required": ["a"]},
            {"a": None},
            "arguments.a must be an integer, not null",
        ),
        (typed("integer"), {"a": 3, "b": None}, "there is no field 'b'"),
        ({**typed("integer"), "required": ["a"]}, {"a": "x"}, 'integer, not "x"'),
        (of(a={"type": "integer", "maximum": 5}), {"a": "9"}, 'must be an integer, not "9"'),
        (of(a={"enum": ["A", "a"]}), {"a": "a "}, 'arguments.a must be one of "A", "a", not "a "'),
        (of(a={"enum": ["x"]}), {"a": "y"}, 'arguments.a must be "x", not "y"'),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"x": None},
            "arguments.x must be a string, not null",
        ),
    ],
)
def test_a_miss_that_is_not_near_is_told_as_it_was_written(
    schema: dict[str, Any], written: dict[str, Any], says: str
) -> None:
    """The complaint is about what the model wrote, and not about what was made of it."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        fitting_arguments(json.dumps(written), schema, "f")
    assert says in str(caught.value)


NEEDS_A = {**typed("integer"), "required": ["a"]}


@pytest.mark.parametrize(
    "text",
    [
        '{"arguments": {"a": 1}}',
        '{"parameters": {"a": 1}}',
        '{"parameters": {"a": "1"}}',
        '{"arguments": "{\\"a\\": 1}"}',
        '{"name": "f", "arguments": {"a": 1}}',
        '{"name": "functions.f", "parameters": {"a": 1}}',
        '{"type": "function", "function": {"name": "f", "arguments": "{\'a\': 1}"}}',
        '{"tool": "f", "input": {"a": 1}}',
        '[{"name": "f", "arguments": {"a": 1}}]',
        '{"type": "object", "properties": {"a": 1}}',
        '{"arguments": {"arguments": {"a": 1}}}',
        '```json\n{"name": "f", "arguments": {"a": 1}}\n```',
        "{'a': '1'}",
        '{"a": "1"}}',
    ],
)
def test_arguments_within_others_are_found(text: str) -> None:
    """If what was written does not fit, and what is within does."""
    assert fitting_arguments(text, NEEDS_A, "f") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": "g", "arguments": {"a": 1}}', "the field 'a' is missing"),
        ('{"arguments": {"a": 1}, "b": 2}', "the field 'a' is missing"),
        ('{"arguments": {"a": 1}, "parameters": {"a": 2}}', "the field 'a' is missing"),
        ('{"arguments": 3}', "the field 'a' is missing"),
        ("", "arguments: the field 'a' is missing"),
        ("null", "arguments: the field 'a' is missing"),
        ("[1]", "arguments must be an object, not [1]"),
        ('[{"a": 1}, {"a": 2}]', "arguments must be an object"),
        ('{"a": 1', "this is no JSON: Expecting ',' delimiter"),
        ("```json\n{'a': 'x'}\n```", 'arguments.a must be an integer, not "x"'),
    ],
)
def test_other_arguments_are_not_guessed(text: str, says: str) -> None:
    """Those of another tool, two at once, and what was cut off."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        fitting_arguments(text, NEEDS_A, "f")
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "null", "[]", '""', "{}", "```json\n{}\n```"])
def test_nothing_is_no_arguments(text: str) -> None:
    """For a tool that needs none."""
    assert fitting_arguments(text, typed("integer"), "f") == {}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"anyOf": [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}], "required": ["z"]},
        {"type": {}, "properties": [], "required": 1, "enum": {}, "allOf": 3, "items": None},
        {"properties": {"a": {"type": [{}, None]}}, "additionalProperties": 3, "required": ["z"]},
    ],
)
def test_mending_ends_whatever_the_schema(schema: dict[str, Any]) -> None:
    """With a value, or with words about it."""
    value: Any = {"a": "1"}
    for _ in range(50):
        value = {"a": value, "b": [value]} if len(str(value)) < 5000 else {"a": value}
    for each in ({"a": "1"}, value):
        with contextlib.suppress(ValueError):
            assert fitting_arguments(json.dumps(each), schema, "f") == each
