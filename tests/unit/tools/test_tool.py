"""A `Tool` that is made by hand of a name, a schema and a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agentcore.errors import ToolError
from agentcore.tools.decorator import Tool

if TYPE_CHECKING:
    pass


def test_anybody_can_make_a_tool_of_a_schema_and_a_function() -> None:
    """The glue for other frameworks: arguments are held against the schema, and not converted."""
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    made = Tool("double", "Double it.", schema, lambda **given: given["n"] * 2, approve="human")
    assert made.spec().parameters == schema
    assert made.approve is True
    assert made.function(**made.read('{"n": 2}')) == 4
    for wrong in ('{"n": "two"}', "{}", '{"n": 1, "m": 2}', "3", "null"):
        with pytest.raises(ValueError, match="the arguments of double do not fit"):
            made.read(wrong)


def test_an_object_with_an_async_call_is_async() -> None:
    """A tool's function may be any callable, where its parameters are given."""

    class Client:
        async def __call__(self, **given: Any) -> None:
            """Call."""

    assert Tool("ask", "Ask.", {"type": "object"}, Client()).is_async
    with pytest.raises(ToolError, match="give its parameters"):
        Tool("ask", "Ask.", None, Client())
