"""Schemas within schemas, and references."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from agentcore.base.schema_parts import plain, pointed_at, remembered, subschemas, with_subschemas

ROOT: dict[str, Any] = {
    "properties": {"a/b": {"type": "integer"}, "$ref": {"type": "string"}},
    "anyOf": [{"type": "null"}],
    "$defs": {"x y~": {"$anchor": "here", "type": "boolean"}},
    "default": {"$ref": "#/nothing"},
}


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("#", ROOT),
        ("#/properties/a~1b", {"type": "integer"}),
        ("#/anyOf/0", {"type": "null"}),
        ("#/$defs/x%20y~0", ROOT["$defs"]["x y~"]),
        ("#here", ROOT["$defs"]["x y~"]),
    ],
)
def test_a_reference_leads_to_a_part(reference: str, target: Any) -> None:
    """By a pointer, with its escapes, or by an anchor."""
    assert pointed_at(ROOT, reference) == target


@pytest.mark.parametrize(
    "reference", ["", "#/no", "#/anyOf/1", "#/anyOf/x", "#no", "https://example.com/#", 3, None]
)
def test_a_reference_that_leads_nowhere_is_a_lookup_error(reference: Any) -> None:
    """One to another document is one, too: nothing is fetched."""
    with pytest.raises(LookupError):
        pointed_at(ROOT, reference)


def test_schemas_are_told_from_data_and_names() -> None:
    """A field may have the name of a keyword, and a default may look like a schema."""
    found = list(subschemas(ROOT))
    assert found == [
        {"type": "integer"},
        {"type": "string"},
        {"type": "null"},
        *ROOT["$defs"].values(),
    ]
    changed = with_subschemas({**ROOT, "items": [True], "not": {}}, lambda each: 1)
    assert changed["properties"] == {"a/b": 1, "$ref": 1}
    assert (changed["items"], changed["not"], changed["default"]) == ([1], 1, ROOT["default"])
    kept = with_subschemas(
        {"additionalProperties": False}, lambda each: 1, frozenset({"additionalProperties"})
    )
    assert kept == {"additionalProperties": False}


def test_a_plain_schema_has_dicts_and_lists_only() -> None:
    """Whatever mappings and sequences it was given in; it is a copy."""
    given = MappingProxyType({"enum": ("a", "b"), "properties": MappingProxyType({})})
    assert plain(given) == {"enum": ["a", "b"], "properties": {}}
    assert plain(ROOT) == ROOT
    assert plain(ROOT) is not ROOT


def test_what_is_made_of_a_schema_is_made_once_for_equal_ones() -> None:
    """Also if the first was changed since; what has no text of JSON is made anew."""
    made: list[Any] = []

    @remembered
    def count(schema: Any) -> int:
        made.append(schema)
        return len(made)

    one: dict[str, Any] = {"const": 1}
    assert (count(one), count({"const": 1}), count({"const": True})) == (1, 1, 2)
    one["const"] = 2
    assert (count(one), count({"const": 1})) == (3, 1)
    assert count(MappingProxyType({"const": 1})) == 4
