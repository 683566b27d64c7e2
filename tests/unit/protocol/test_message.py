"""Messages: what they are made of, what of it is kept, and that nothing changes them."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from agentcore import ChatResponse, Message
from agentcore.errors import EmptyMessageError, MessagePickleError, MessageTypeError
from agentcore.protocol.message import as_message

CALLS = [{"id": "1", "function": {"name": "add", "arguments": "{}"}}]
FULL: dict[str, Any] = {
    "content": "hi",
    "role": "tool",
    "metadata": {"a": [1]},
    "name": "bob",
    "context": {"b": 2},
    "tool_calls": CALLS,
    "tool_call_id": "7",
}


class Box:
    """An object of which nothing is known."""

    def __init__(self) -> None:
        self.items: list[int] = []


class Words(str):
    """A str of the user's own."""


# --- what a message is made of -----------------------------------------------------------------


def test_a_str_is_the_content() -> None:
    """With the role of a user, and nothing else; a str of another class becomes a plain one."""
    assert as_message("hi") == {"content": "hi", "role": "user", "metadata": {}}
    assert type(as_message(Words("hi")).content) is str


def test_a_message_is_itself() -> None:
    """It is immutable: no copy is needed."""
    message = Message("hi")
    assert as_message(message) is message


def test_of_a_dict_the_known_keys_are_kept() -> None:
    """All seven of them; others are dropped."""
    assert as_message({**FULL, "function_call": {}, "other": 1}) == FULL
    assert as_message({"content": "hi"}) == Message("hi")


@pytest.mark.parametrize(
    "key", ["refusal", "annotations", "audio", "id", "function_call", "tool_responses", "sender"]
)
def test_what_models_and_other_frameworks_add_to_a_message_is_no_misspelt_key(key: str) -> None:
    """A server's answer may be given as it is."""
    assert as_message({"content": "hi", key: None}) == Message("hi")


def test_a_chat_response_tells_its_story_in_the_metadata() -> None:
    """Its output is the content."""
    response = ChatResponse(1, "out", "code", "prompt", {"x": [1]}, "raw")
    message = as_message(response)
    assert message.content == "out"
    assert message.metadata["raw_message"] == {
        "status": 1,
        "output": "out",
        "code": "code",
        "prompt": "prompt",
        "variables": {"x": [1]},
        "raw_output": "raw",
    }


def test_a_chat_response_is_frozen() -> None:
    """All fields have defaults, none can be set."""
    response = ChatResponse()
    assert attrs.astuple(response) == (0, "", "", "", {}, None)
    with pytest.raises(AttributeError):
        response.output = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    "value",
    [None, 3, b"hi", ["hi"], ("hi",), pytest.param(object(), id="object()"), Message],
    ids=repr,
)
def test_anything_else_is_no_message(value: Any) -> None:
    """The error says what would be one; it is a `TypeError` as well."""
    with pytest.raises(MessageTypeError, match="a str, a dict, a Message or a ChatResponse, not"):
        as_message(value)
    assert issubclass(MessageTypeError, TypeError)


@pytest.mark.parametrize(
    "value",
    [
        "",
        Words(""),
        {},
        {"role": "user"},
        {"content": ""},
        {"content": None},
        {"content": []},
        {"content": "", "tool_calls": []},
        ChatResponse(status=1),
    ],
    ids=repr,
)
def test_a_message_has_content_or_a_tool_call(value: Any) -> None:
    """Else it is empty, which is a `ValueError`."""
    with pytest.raises(EmptyMessageError):
        as_message(value)
    assert issubclass(EmptyMessageError, ValueError)


def test_a_tool_call_needs_no_content() -> None:
    """The key is there all the same."""
    message = as_message({"tool_calls": CALLS})
    assert message["content"] is None
    assert message["tool_calls"] == CALLS


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"content": 5}, "the content of a message is a str or a list of parts, not int"),
        ({"content": {"text": "hi"}}, "content .* not dict"),
        ({"content": b"hi"}, "content .* not bytes"),
        ({"content": "hi", "role": None}, "the role of a message is a str, not NoneType"),
        ({"content": "hi", "metadata": "x"}, "the metadata of a message is a dict, not str"),
        ({"content": "hi", "metadata": [("a", 1)]}, "metadata .* not list"),
    ],
)
def test_a_wrong_type_is_named(fields: dict[str, Any], words: str) -> None:
    """Which part, and what it was."""
    with pytest.raises(MessageTypeError, match=words):
        as_message(fields)


def test_the_quick_way_makes_the_same_message() -> None:
    """`Message.text` leaves checks out, and nothing else; `is_text` tells where it would do."""
    assert attrs.asdict(Message.text("hi")) == attrs.asdict(Message("hi"))
    assert Message("hi").is_text
    assert not any(
        message.is_text
        for message in (
            Message(["hi"]),
            Message("hi", role="tool"),
            Message("hi", metadata={"a": 1}),
            Message("hi", name="bob"),
            Message("hi", context=0),
            Message("hi", tool_calls=CALLS),
            Message("hi", tool_call_id="7"),
        )
    )


# --- a mapping ---------------------------------------------------------------------------------


def test_a_message_reads_like_a_dict() -> None:
    """Three keys are always there; `get` and `in` do as in any mapping."""
    message = Message("hi")
    assert isinstance(message, Mapping)
    assert (message["content"], message["role"], message["metadata"]) == ("hi", "user", {})
    assert list(message) == ["content", "role", "metadata"]
    assert len(message) == 3
    assert "name" not in message
    assert message.get("name") is None
    assert message.get("name", "nobody") == "nobody"


@pytest.mark.parametrize("key", ["name", "context", "tool_calls", "tool_call_id"])
def test_other_keys_are_there_where_they_are_set(key: str) -> None:
    """Where not, they are missing, and not ``None``; a false value is a value."""
    with pytest.raises(KeyError, match=key):
        Message("hi")[key]
    value: Any = [] if key == "tool_calls" else ""
    message = Message(**{"content": "hi", key: value})
    assert message[key] == value
    assert list(message) == ["content", "role", "metadata", key]
    assert len(message) == 4


@pytest.mark.parametrize("key", ["opaque", "text", "__class__", "other"])
def test_attributes_that_are_no_keys_are_no_keys(key: str) -> None:
    """Only what a message says is in the mapping."""
    with pytest.raises(KeyError):
        Message("hi")[key]


def test_a_dict_of_a_message_is_ready_for_json() -> None:
    """There and back it is the same."""
    message = Message(**FULL)
    assert json.loads(json.dumps(dict(message))) == FULL
    assert as_message(json.loads(json.dumps(dict(message)))) == message


def test_a_message_equals_a_dict_that_says_the_same() -> None:
    """Either way round, and nothing but a mapping."""
    message = Message("hi", name="bob")
    same = {"content": "hi", "role": "user", "metadata": {}, "name": "bob"}
    assert message == same
    assert same == message
    assert message != {**same, "name": "alice"}
    assert message != Message("hi")
    assert message != "hi"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Message("hi"), Message("hi", metadata={})),
        (Message([{"a": 1, "b": 2}]), Message([{"b": 2, "a": 1}])),
        (Message([1]), Message([1.0])),
        (Message(tool_calls=CALLS), Message(tool_calls=CALLS)),
    ],
)
def test_equal_messages_have_one_hash(one: Message, other: Message) -> None:
    """So that a set holds them once, however their parts look."""
    assert one == other
    assert len({one, other}) == 1


def test_the_repr_shows_what_it_says() -> None:
    """As it would be read as a dict."""
    assert repr(Message("hi")) == "Message({'content': 'hi', 'role': 'user', 'metadata': {}})"


# --- immutable ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Message)])
def test_no_field_of_a_message_can_be_set(name: str) -> None:
    """Nor deleted."""
    message = Message("hi")
    with pytest.raises(AttributeError):
        setattr(message, name, "x")
    with pytest.raises(AttributeError):
        delattr(message, name)
    with pytest.raises(TypeError):
        message["content"] = "x"  # type: ignore[index]


def test_a_message_does_not_see_what_becomes_of_what_it_was_made_of() -> None:
    """Nor can what is in it be changed."""
    parts, metadata = [{"text": "hi"}], {"a": [1]}
    message = Message(parts, metadata=metadata)
    parts[0]["text"] = "changed"
    metadata["a"].append(2)
    assert message == {"content": [{"text": "hi"}], "role": "user", "metadata": {"a": [1]}}
    with pytest.raises(TypeError, match="immutable"):
        message.metadata["a"].append(2)
    with pytest.raises(TypeError, match="immutable"):
        message.content[0]["text"] = "changed"


def test_as_role_changes_the_role_alone() -> None:
    """In a new message."""
    message = Message(**FULL)
    assert message.as_role("assistant") == {**FULL, "role": "assistant"}
    assert message.role == "tool"
    assert message.as_role("tool").opaque == message.opaque
    assert Message("hi", metadata={"x": Box()}).as_role("assistant").opaque


def test_plain_data_is_shared_and_opaque_objects_are_copied() -> None:
    """`isolated` gives each agent its own, where something could be changed."""
    plain = Message(**FULL)
    assert plain.isolated() is plain
    box = Box()
    message = Message("hi", metadata={"deep": [box]}, name="bob")
    assert message.opaque
    copied = message.isolated()
    copied.metadata["deep"][0].items.append(1)
    assert message.metadata["deep"][0] is box
    assert box.items == []
    assert (copied.content, copied.name) == ("hi", "bob")


def test_what_cannot_be_copied_is_shared() -> None:
    """A lock, say: as within any one process."""
    lock = threading.Lock()
    assert Message("hi", context=lock).isolated().context is lock


# --- other processes ---------------------------------------------------------------------------


@pytest.mark.parametrize("message", [Message("hi"), Message(**FULL), Message(tool_calls=CALLS)])
@pytest.mark.parametrize("again", [lambda it: pickle.loads(pickle.dumps(it)), copy.deepcopy])
def test_a_message_crosses_whole(message: Message, again: Any) -> None:
    """It stays equal, and frozen."""
    other = again(message)
    assert other == message
    assert type(other) is Message
    assert type(other.metadata) is type(message.metadata)
    assert other.opaque is False


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"context": threading.Lock()}, "$.context"),
        ({"metadata": {"a": [1, {"b": threading.Lock()}]}}, "$.metadata.a[1].b"),
        ({"metadata": {"f": lambda: None}}, "$.metadata.f"),
    ],
)
def test_what_cannot_be_pickled_is_found(fields: dict[str, Any], path: str) -> None:
    """The error has the path, and says what to send instead."""
    message = Message("hi", **fields)
    with pytest.raises(MessagePickleError, match="send plain data") as caught:
        message.check_picklable()
    assert caught.value.path == path
    assert path in str(caught.value)


def test_what_can_be_pickled_passes() -> None:
    """Opaque or not."""
    Message(**FULL).check_picklable()
    Message("hi", metadata={"x": Box()}).check_picklable()


def test_a_function_call_is_read_as_a_tool_call() -> None:
    """As models wrote one before there were several."""
    message = as_message({"function_call": {"name": "add", "arguments": "{}"}})
    assert [dict(each) for each in message.tool_calls] == [
        {"id": "call_add", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    ]
    with pytest.raises(MessageTypeError, match="a dict with a name and arguments"):
        as_message({"content": "x", "function_call": "add"})
