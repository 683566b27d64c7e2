"""The validator of a schema, which each call of a tool needs."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from agentcore.tools.checker import checker_of


def fits(schema: Any, value: Any) -> bool:
    """Whether a value meets no error."""
    return not list(checker_of(schema).iter_errors(value))


def test_an_equal_schema_has_the_same_validator() -> None:
    """To make one takes much longer than to check with it."""
    one, other = ({"type": "object", "properties": {"n": {"minimum": 3}}} for _ in range(2))
    assert checker_of(one) is checker_of(other)


def test_a_schema_that_was_changed_is_checked_as_it_is_now() -> None:
    """Whoever made a tool by hand has its schema, too."""
    schema: dict[str, Any] = {"properties": {"n": {"type": "string"}}}
    assert fits(schema, {"n": "x"})
    schema["properties"]["n"]["type"] = "integer"
    assert not fits(schema, {"n": "x"})


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1)])
def test_schemas_that_are_equal_only_in_python_are_two(one: Any, other: Any) -> None:
    """JSON knows ``1`` from ``true``."""
    for first, second in ((one, other), (other, one)):
        assert fits({"const": first}, first)
        assert not fits({"const": first}, second)


def test_a_schema_that_is_no_json_is_checked_too() -> None:
    """A mapping of another class, and a value that JSON cannot have."""
    schema = MappingProxyType({"type": "object", "properties": {"n": {"type": "integer"}}})
    assert fits(schema, {"n": 1})
    assert not fits(schema, {"n": "x"})
    assert fits({"type": "string", "default": object()}, "x")
