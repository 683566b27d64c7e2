"""The strict validator of requests finds each fault by itself, and none in what is right."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.chat_protocol.validator import problems

STRICT = {"type": "object", "properties": {"a": {"type": "string", "format": "date"}},
          "required": ["a"], "additionalProperties": False}  # fmt: skip


def request() -> dict[str, Any]:
    """Give a request with everything in it, and no fault."""

    def call(id: str) -> dict[str, Any]:
        return {"id": id, "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}

    return {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You answer."},
            {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "bob"},
            {"role": "assistant", "content": None, "tool_calls": [call("c1"), call("c2")]},
            {"role": "tool", "content": "2", "tool_call_id": "c2"},
            {"role": "tool", "content": "", "tool_call_id": "c1"},
            {"role": "assistant", "content": "ok"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {
            "type": "object", "properties": {"xs": {"type": "array", "items": {}}}}}}],
        "response_format": {"type": "json_schema",
                            "json_schema": {"name": "x", "schema": STRICT, "strict": True}},
        "stream": True,
        "stream_options": {"include_usage": True},
    }  # fmt: skip


def test_a_right_request_has_no_problem() -> None:
    """A validator that refuses everything would be of no use."""
    assert problems(request()) == []


def _set(*path: Any) -> Callable[[Any], None]:
    *way, last, value = path

    def change(body: Any) -> None:
        for key in way:
            body = body[key]
        if value is KeyError:
            del body[last]
        else:
            body[last] = value

    return change


CALL = ("messages", 2, "tool_calls", 0)
PARAMETERS = ("tools", 0, "function", "parameters")
SCHEMA = ("response_format", "json_schema", "schema")


@pytest.mark.parametrize(
    "change",
    [
        _set("model", ""),
        _set("messages", []),
        _set("colour", "red"),
        _set("stream", False),
        _set("max_tokens", 0),
        _set("messages", 0, "role", "robot"),
        _set("messages", 0, "content", ""),
        _set("messages", 0, "content", "\n "),
        _set("messages", 2, "content", "\n\n"),
        _set("messages", 0, "content", "\ud83d"),
        _set("messages", 0, "metadata", {}),
        _set("messages", 1, "name", "bob smith"),
        _set("messages", 1, "content", [{"type": "poem"}]),
        _set("messages", 5, "content", None),
        _set("messages", 5, "reasoning_content", "hm"),
        _set(*CALL, "id", ""),
        _set(*CALL, "id", "c" * 41),
        _set(*CALL, "id", "c2"),
        _set(*CALL, "id", "c3"),
        _set(*CALL, "type", KeyError),
        _set(*CALL, "extra_content", {}),
        _set(*CALL, "function", "name", "look up"),
        _set(*CALL, "function", "name", "n" * 65),
        _set(*CALL, "function", "arguments", '{"a": 1'),
        _set(*CALL, "function", "arguments", "[1]"),
        _set(*CALL, "function", "arguments", '{"a": NaN}'),
        _set(*CALL, "function", "arguments", {"a": 1}),
        _set("messages", 3, KeyError),
        _set("messages", 3, "content", None),
        _set("messages", 2, {"role": "assistant", "content": "no calls"}),
        _set("tools", []),
        _set("tools", 0, "function", "name", "a.b"),
        _set(*PARAMETERS, "properties", KeyError),
        _set(*PARAMETERS, "anyOf", []),
        _set(*PARAMETERS, "properties", "xs", "items", KeyError),
        _set("response_format", {"type": "json_object"}),
        _set("response_format", "json_schema", "name", "a b"),
        _set(*SCHEMA, "required", []),
        _set(*SCHEMA, "additionalProperties", True),
        _set(*SCHEMA, "properties", "a", "format", "uri"),
        _set(*SCHEMA, "properties", "a", {"$ref": "#/$defs/x", "description": "no"}),
        _set(*SCHEMA, "properties", "a", {"type": "array", "uniqueItems": True}),
        _set(*SCHEMA, "type", "array"),
    ],
)
def test_each_fault_is_found(change: Callable[[Any], None]) -> None:
    """One fault at a time, in a request that is right otherwise."""
    body = copy.deepcopy(request())
    change(body)
    assert problems(body) != []


def test_fields_that_are_to_be_sent_back_may_be_allowed() -> None:
    """For the servers that know them."""
    body = request()
    body["messages"][5]["reasoning_content"] = "hm"
    body["messages"][2]["tool_calls"][0]["extra_content"] = {"s": 1}
    extra = frozenset({"reasoning_content", "extra_content"})
    assert problems(body) != []
    assert problems(body, extra=extra) == []
