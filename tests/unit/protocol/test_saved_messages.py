"""Messages that were saved are read again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentcore import Message
from agentcore.errors import EmptyMessageError, MessageTypeError
from agentcore.protocol.saved_messages import saved_messages

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_lists_and_json_are_read() -> None:
    """Dicts, texts and messages, mixed, and any iterable of them."""
    given = [{"role": "assistant", "content": "a"}, "b", Message("c", name="carol")]
    read = saved_messages(iter(given), "this")
    assert read == [Message("a", role="assistant"), Message("b"), Message("c", name="carol")]
    assert saved_messages(json.dumps([given[0], "b"]), "this") == read[:2]


def test_what_messages_have_no_key_for_goes_to_the_metadata() -> None:
    """Such as the time; what an API leaves empty is left out."""
    (read,) = saved_messages(
        [{"content": "a", "at": 3, "refusal": None, "metadata": {"b": 1}}], "this"
    )
    assert read == {"content": "a", "role": "user", "metadata": {"at": 3, "b": 1}}


def test_results_of_several_calls_are_read_as_autogen_writes_them() -> None:
    """They are ``tool_results`` here."""
    given = {
        "role": "tool", "content": "4",
        "tool_responses": [{"tool_call_id": "c1", "role": "tool", "content": "4"}],
    }  # fmt: skip
    call, result = saved_messages([{"content": None, "tool_calls": [CALL]}, given], "this")
    assert call.tool_calls == [CALL]
    assert result.metadata["tool_results"] == [{"tool_call_id": "c1", "content": "4"}]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("hello", MessageTypeError, "this is a text that is no JSON"),
        ('"hello"', MessageTypeError, "this is a list of messages, not a str"),
        ({"content": "a"}, MessageTypeError, "this is a list of messages, not a dict"),
        (3, MessageTypeError, "this is a list of messages, not a int"),
        (["a", 3], MessageTypeError, "this, message 1: a message is a str"),
        ([{"content": ""}], EmptyMessageError, "this, message 0: a message needs content"),
        ([{"contnet": "a"}], MessageTypeError, "message 0: .* contnet; did you mean .*'content'"),
        ([{"content": "a", "role": "asistant"}], MessageTypeError, "did you mean 'assistant'"),
        ([{"content": "a", "role": "human"}], MessageTypeError, "a role is one of user, "),
        ([{"content": "a", "role": 3}], MessageTypeError, "a role is one of user, "),
    ],
)
def test_what_is_no_message_is_named(given: Any, error: type[Exception], words: str) -> None:
    """Which one it is, and what is wrong with it."""
    with pytest.raises(error, match=words):
        saved_messages(given, "this")
