"""Schemas of parameters as strict servers take them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from agentcore.models.sent_schema import sent_parameters
from tests.chat_protocol.schema_rules import parameter_problems

INT = {"type": "integer"}
LIST = {"type": "array", "items": {}}
CAT = {
    "type": "object",
    "properties": {"kind": {"const": "cat"}, "lives": INT},
    "required": ["kind", "lives"],
    "additionalProperties": False,
}
DOG = {
    "type": "object",
    "properties": {"kind": {"const": "dog"}, "tricks": {"type": "array"}},
    "required": ["kind"],
    "additionalProperties": False,
}
PET = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["cat", "dog"]},
        "lives": INT,
        "tricks": {"type": "array", "items": {}},
    },
    "required": ["kind"],
    "additionalProperties": False,
}


def of(**fields: Any) -> dict[str, Any]:
    """The schema of an object with these fields."""
    return {"type": "object", "properties": fields}


TABLE: list[tuple[Any, dict[str, Any]]] = [
    # objects without properties and arrays without items, at every level
    ({}, of()),
    ({"type": "object"}, of()),
    ({"type": "array"}, of()),
    (True, of()),
    (None, of()),
    (of(a={"type": "object"}), of(a=of())),
    (of(a={"type": ["object", "null"]}), of(a={"type": ["object", "null"], "properties": {}})),
    (
        of(a={"type": "array", "items": {"type": "array"}}),
        of(a={"type": "array", "items": {"type": "array", "items": {}}}),
    ),
    (of(a={"anyOf": [{"type": "object"}]}), of(a={"anyOf": [of()]})),
    (
        of(a={"type": "object", "additionalProperties": {"type": "array"}}),
        of(a={**of(), "additionalProperties": {"type": "array", "items": {}}}),
    ),
    (of(a={"properties": {"b": INT}}), of(a=of(b=INT))),
    (
        of(a={"type": "array", "items": [INT], "additionalItems": False}),
        of(a={"type": "array", "prefixItems": [INT], "items": {}}),
    ),
    ({**of(a=INT), "required": ["a", "b"]}, {**of(a=INT, b={}), "required": ["a", "b"]}),
    # what is no schema, or a boolean
    (of(a=True, b=False, c=None), of(a={}, c={})),
    ({**of(a=INT), "required": True}, of(a=INT)),
    ({"type": "object", "properties": None}, of()),
    (of(a={"type": "array", "items": False}), of(a={"type": "array", "items": {}})),
    ({**of(a=INT), "additionalProperties": False}, {**of(a=INT), "additionalProperties": False}),
    # keywords that are no JSON Schema
    (of(a={"type": "str"}, b={"type": "int"}), of(a={"type": "string"}, b=INT)),
    (of(a={"type": "STRING"}, b={"type": "list"}), of(a={"type": "string"}, b=LIST)),
    (of(a={"type": ["float", "None"]}), of(a={"type": ["number", "null"]})),
    (of(a={"type": "any"}, b={"type": "file"}, c={"type": []}), of(a={}, b={}, c={})),
    (of(a={"type": None, "title": 3, "description": None}), of(a={})),
    (of(a={"type": "dict"}), of(a=of())),
    (
        of(a={**INT, "minimum": 0, "exclusiveMinimum": True, "maximum": "9"}),
        of(a={**INT, "exclusiveMinimum": 0}),
    ),
    (
        of(a={**INT, "maximum": 9, "exclusiveMaximum": False, "multipleOf": 0}),
        of(a={**INT, "maximum": 9}),
    ),
    (of(a={"pattern": r"^\p{L}+$", "minLength": -1, "maxLength": "5"}), of(a={})),
    (of(a={"enum": [], "anyOf": [], "format": 5, "uniqueItems": "yes"}), of(a={})),
    (of(a={"enum": ["x", "x", 1, True]}), of(a={"enum": ["x", 1, True]})),
    ({**of(a=INT), "required": ["a", "a", 3]}, {**of(a=INT), "required": ["a"]}),
    ({**of(), "patternProperties": {"[": INT}}, {**of(), "patternProperties": {}}),
    (of(a={"$ref": {"x": 1}}, b={"$ref": 5}, c={"contentEncoding": 3}), of(a={}, b={}, c={})),
    ({"anyOf": [{"required": [{}]}, {"patternProperties": 3}]}, of()),
    # unions and the like at the top
    ({"anyOf": [CAT, DOG]}, PET),
    ({"oneOf": [{"$ref": "#/$defs/Cat"}, DOG], "$defs": {"Cat": CAT}}, PET),
    ({**of(a=INT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, of(a=INT)),
    (
        {"allOf": [{**of(a=INT), "required": ["a"]}, {**of(b=INT), "required": ["b"]}]},
        {**of(a=INT, b=INT), "required": ["a", "b"]},
    ),
    (
        {"allOf": [of(a=INT), of(a={"minimum": 3})]},
        of(a={"allOf": [INT, {"minimum": 3}]}),
    ),
    (
        {"allOf": [{**of(a=INT), "additionalProperties": False}, of(b=INT)]},
        {**of(a=INT, b=INT), "additionalProperties": False},
    ),
    (
        {
            "allOf": [
                {**of(), "patternProperties": {"^x": INT}},
                {**of(), "patternProperties": {"^y": INT}, "additionalProperties": False},
            ]
        },
        {**of(), "patternProperties": {"^x": INT, "^y": INT}, "additionalProperties": False},
    ),
    (
        {
            "anyOf": [
                {**of(a=INT), "patternProperties": {"^x": INT}, "additionalProperties": False},
                {**of(b=INT), "additionalProperties": False},
            ]
        },
        of(a=INT, b=INT),
    ),
    ({"anyOf": [of(a=INT), of(a={"type": "null"})]}, of(a={"anyOf": [INT, {"type": "null"}]})),
    ({"anyOf": [of(a=INT), {"type": "null"}]}, of(a=INT)),
    ({"anyOf": [{"allOf": [of(a=INT)]}, {"oneOf": [of(b=INT)]}]}, of(a=INT, b=INT)),
    ({**of(a=INT), "not": {"required": ["a"]}, "enum": [{}], "const": {}}, of(a=INT)),
    # references
    ({"$ref": "#/$defs/Cat", "$defs": {"Cat": CAT}}, CAT),
    ({"$ref": "#"}, of()),
    ({"anyOf": [{"$ref": "#"}, of(a=INT)]}, of(a=INT)),
    (of(a={"$ref": "#"}), of(a={"$ref": "#"})),
    (
        {**of(a={"$ref": "#/definitions/i"}), "definitions": {"i": INT, "unused": CAT}},
        {**of(a={"$ref": "#/$defs/i"}), "$defs": {"i": INT}},
    ),
    (
        of(a=INT, b={"$ref": "#/properties/a"}),
        {**of(a=INT, b={"$ref": "#/$defs/a"}), "$defs": {"a": INT}},
    ),
    (
        {**of(a={"$ref": "#/$defs/x~1y%20z"}), "$defs": {"x/y z": INT}},
        {**of(a={"$ref": "#/$defs/x_1y_20z"}), "$defs": {"x_1y_20z": INT}},
    ),
    (
        {**of(a={"$ref": "#n"}), "$defs": {"i": {"$anchor": "n", "type": "integer"}}},
        {**of(a={"$ref": "#/$defs/_n"}), "$defs": {"_n": INT}},
    ),
    (
        {
            **of(a={"$ref": "#/$defs/a"}),
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        },
        of(a={}),
    ),
    (of(a={"$ref": "#/nowhere"}, b={"$ref": "https://example.com/b"}), of(a={}, b={})),
    (
        {**of(a={"$ref": "#/$defs/i", "description": "how many"}), "$defs": {"i": INT}},
        {
            **of(a={"anyOf": [{"$ref": "#/$defs/i"}], "description": "how many"}),
            "$defs": {"i": INT},
        },
    ),
    (
        {
            **of(a={"$ref": "#/$defs/x"}, b={"$ref": "#/properties/c/$defs/x"}),
            "$defs": {"x": INT},
            "properties": {
                "a": {"$ref": "#/$defs/x"},
                "c": {"$defs": {"x": CAT}, "$ref": "#/properties/c/$defs/x"},
            },
        },
        {
            **of(a={"$ref": "#/$defs/x"}, c={"$ref": "#/$defs/x_2"}),
            "$defs": {"x": INT, "x_2": CAT},
        },
    ),
    # nullable, as OpenAPI writes it
    (of(a={**INT, "nullable": True}), of(a={"type": ["integer", "null"]})),
    (of(a={**INT, "nullable": False}), of(a=INT)),
    (
        of(a={"type": "string", "enum": ["x"], "nullable": True}),
        of(a={"type": ["string", "null"], "enum": ["x", None]}),
    ),
    (
        {**of(a={"$ref": "#/$defs/i", "nullable": True}), "$defs": {"i": INT}},
        {**of(a={"anyOf": [{"$ref": "#/$defs/i"}, {"type": "null"}]}), "$defs": {"i": INT}},
    ),
    (
        of(a={"allOf": [INT], "nullable": True, "description": "n"}),
        of(a={"anyOf": [{"allOf": [INT]}, {"type": "null"}], "description": "n"}),
    ),
    # a field may have the name of a keyword, and data may look like a schema
    (of(nullable={"type": "object"}, items=True), of(nullable=of(), items={})),
    (of(a={"default": {"type": "object"}}), of(a={"default": {"type": "object"}})),
]


@pytest.mark.parametrize(("schema", "sent"), TABLE)
def test_what_is_sent_is_what_strict_servers_take(schema: Any, sent: dict[str, Any]) -> None:
    """By the rules that the validator of requests has; and the schema itself is not changed."""
    before = copy.deepcopy(schema)
    made = sent_parameters(schema)
    assert made == sent
    assert list(parameter_problems(made, "parameters")) == []
    assert schema == before


@pytest.mark.parametrize(("schema", "sent"), TABLE)
def test_what_is_sent_may_be_sent_again(schema: Any, sent: dict[str, Any]) -> None:
    """So it does not matter who calls it, and how often."""
    assert sent_parameters(sent) == sent
