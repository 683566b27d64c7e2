"""Whether a schema keeps the rules of strict mode."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.models.strict_schema import is_strict
from tests.chat_protocol.schema_rules import strict_problems

INT = {"type": "integer"}


def closed(**fields: Any) -> dict[str, Any]:
    """A closed object that requires all its fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    """Objects in each other."""
    return closed(a=nested(levels - 1)) if levels > 1 else closed()


@pytest.mark.parametrize(
    "schema",
    [
        closed(),
        closed(a=INT, b={"type": ["string", "null"], "description": "a text"}),
        closed(a={"type": "string", "format": "date-time"}, b={"type": "string", "pattern": "^a"}),
        closed(a={"type": "number", "minimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.1}),
        closed(a={"type": "array", "items": closed(b=INT), "minItems": 1, "maxItems": 3}),
        closed(a={"anyOf": [closed(kind={"const": "x"}), {"type": "null"}]}),
        closed(a={"enum": ["x", "y", None]}),
        closed(a={"$ref": "#"}),
        {**closed(a={"$ref": "#/$defs/i"}), "$defs": {"i": INT}},
        {**closed(a={"$ref": "#/definitions/i"}), "definitions": {"i": INT}},
        nested(10),
        closed(a={"enum": [str(number) for number in range(1000)]}),
    ],
)
def test_a_schema_that_keeps_the_rules_is_strict(schema: dict[str, Any]) -> None:
    """Each of the keywords that the rules name is there."""
    assert is_strict(schema)
    assert list(strict_problems(schema, "schema", root=True)) == []


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        INT,
        {"type": "object"},
        {"type": ["object", "null"], "properties": {}, "additionalProperties": False},
        {**closed(), "anyOf": [closed()]},
        {**closed(a=INT), "required": []},
        {**closed(a=INT), "additionalProperties": True},
        {**closed(), "additionalProperties": {}},
        {"type": "object", "properties": {"a": INT}, "required": ["a"]},
        {**closed(), "$schema": "https://json-schema.org/draft/2020-12/schema"},
        closed(a={}),
        closed(a=True),
        closed(a={"description": "anything"}),
        closed(a={"type": "date"}),
        closed(a={"type": "array"}),
        closed(a={"type": "array", "items": False}),
        closed(a={"type": "array", "items": INT, "uniqueItems": True}),
        closed(a={"type": "array", "prefixItems": [INT], "items": {"type": "string"}}),
        closed(a={"type": "array", "items": INT, "contains": INT}),
        closed(a={"oneOf": [INT, {"type": "null"}]}),
        closed(a={"allOf": [INT]}),
        closed(a={"type": "integer", "not": {"const": 3}}),
        closed(a={"type": "integer", "if": INT, "then": INT, "else": INT}),
        closed(a={"type": "integer", "default": 3}),
        closed(a={"type": "string", "format": "uri"}),
        closed(a={"type": "string", "format": "decimal"}),
        closed(a={"type": "string", "minLength": 1}),
        closed(a={"type": "object", "additionalProperties": INT}),
        closed(a={**closed(), "patternProperties": {"^x": INT}}),
        closed(a={"anyOf": [INT, {"type": "object"}]}),
        {**closed(a={"$ref": "#/$defs/i", "description": "n"}), "$defs": {"i": INT}},
        {**closed(a={"$ref": "#/$defs/i"}), "$defs": {"i": {"type": "object"}}},
        {**closed(a=INT), "$defs": {"unused": {"oneOf": [INT]}}},
        closed(a={"$ref": "#/nowhere"}),
        closed(a={"$ref": "https://example.com/i"}),
        nested(11),
        closed(a={"enum": [str(number) for number in range(1001)]}),
        closed(a={"enum": [f"{number:0100}" for number in range(251)]}),
        closed(**{f"a{number}": INT for number in range(5001)}),
        closed(**{"a" * 120_001: INT}),
    ],
)
def test_a_schema_that_breaks_a_rule_is_not(schema: Any) -> None:
    """One rule in each row: a server would refuse the whole request."""
    assert not is_strict(schema)
