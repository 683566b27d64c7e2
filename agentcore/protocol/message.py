"""Messages: what agents say to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.errors import (
    EmptyMessageError,
    MessageError,
    MessagePickleError,
    MessageTypeError,
)
from agentcore.base.fast_frozen import fast_constructor
from agentcore.base.frozen import EMPTY, FrozenDict, freeze, isolate, unpicklable_path
from agentcore.base.plain_data import Default, plain_data
from agentcore.base.unreadable import unreadable
from agentcore.protocol.message_fields import KEYS, check_fields, fields_of
from agentcore.protocol.streamed import note_streamed

__all__ = ["ChatResponse", "Message", "MessageLike", "as_message"]

_ALWAYS = ("content", "role", "metadata")
_WHERE_SET = ("name", "context", "tool_calls", "tool_call_id")
_IN_ORDER = _ALWAYS + _WHERE_SET


@attrs.frozen(init=False, eq=False, repr=False)
class Message(Mapping[str, Any]):
    """One message: a frozen object, and a read-only mapping that ``dict`` makes ready for JSON.

    Lists and dicts in it are frozen when it is made, so that all who read it can share it, on any
    backend. Only the message of a stream changes, once: when the stream was read to its end, its
    content is the text, and its metadata has the tokens.

    Args:
        content: what is said: a non-empty str, or a list of parts (dicts, as OpenAI has them);
            may be empty or ``None`` if there are tool calls.
        role: ``user``, unless the message has a role of its own (``tool``, ``system``).
        metadata: anything that goes along with it; a true ``TERMINATE`` stops the conversation.
        name: who said it, where that is not clear from the conversation, as in a group.
        context: any data of the user's.
        tool_calls: calls that a model proposes, in OpenAI's shape.
        tool_call_id: the id of the call that this message is the result of.

    Raises:
        EmptyMessageError: it has neither content nor a tool call.
        MessageTypeError: content, role or metadata has the wrong type, or a value in it raises
            when it is looked at.

    Examples:
        >>> message = Message("Hello", metadata={"tags": ["greeting"]})
        >>> message.content, message["role"], message.get("name")
        ('Hello', 'user', None)
        >>> dict(message)
        {'content': 'Hello', 'role': 'user', 'metadata': {'tags': ['greeting']}}
        >>> message["metadata"]["tags"].append("short")
        Traceback (most recent call last):
            ...
        TypeError: a message is immutable: make your own copy with list(...) and change that
    """

    content: Any
    role: str
    metadata: FrozenDict
    name: str | None
    context: Any
    tool_calls: Any
    tool_call_id: str | None
    opaque: bool

    def __init__(
        self,
        content: Any = None,
        role: str = "user",
        metadata: Mapping[str, Any] | None = None,
        name: str | None = None,
        context: Any = None,
        tool_calls: Any = None,
        tool_call_id: str | None = None,
    ) -> None:
        given = (content, role, metadata, name, context, tool_calls, tool_call_id)
        try:
            check_fields(content, role, metadata, tool_calls)
            frozen = [freeze(value) for value in given]
            if (
                metadata
            ):  # what a turn asks of it, and a console of the others, must not raise there
                bool(metadata.get("TERMINATE") or metadata.get("stream"))
            else:
                frozen[2] = EMPTY, False
            if frozen[0][1] or frozen[5][1]:
                repr((content, tool_calls))
        except MessageError:
            raise
        except Exception as error:  # of a value's own methods, such as its ``__class__``
            raise unreadable(dict(zip(_IN_ORDER, given, strict=True)), error) from error
        opaque = any(left for _, left in frozen)
        set_fields: Any = self.__attrs_init__
        set_fields(*(value for value, _ in frozen), opaque)
        if metadata and "stream_id" in metadata:
            note_streamed(self)

    def __getitem__(self, key: str) -> Any:
        if key in _ALWAYS:
            return getattr(self, key)
        if key in _WHERE_SET:
            value = getattr(self, key)
            if value is not None:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield from _ALWAYS
        for key in _WHERE_SET:
            if getattr(self, key) is not None:
                yield key

    def __len__(self) -> int:
        return len(_ALWAYS) + sum(getattr(self, key) is not None for key in _WHERE_SET)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self) == dict(other)

    def __hash__(self) -> int:
        # Equal messages must have one hash. Contents that are lists may be equal and yet differ in
        # the order of a dict's keys, or in 1 and 1.0, so only their length is hashed.
        content = self.content if isinstance(self.content, str) else len(self.content or ())
        return hash((content, self.role))

    def __repr__(self) -> str:
        return f"Message({dict(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _thaw, tuple(getattr(self, field) for field in _IN_ORDER)

    @staticmethod
    def text(content: str) -> Message:
        """Make a message of a plain text, without the checks and freezing that others need.

        Most rules return a plain text, so most messages are made here.

        Raises:
            EmptyMessageError: the text is empty.
        """
        if not content:
            raise EmptyMessageError("an empty text is no message; return None to say nothing")
        return _unchecked(content, "user", EMPTY, None, None, None, None, False)

    @property
    def is_text(self) -> bool:
        """Whether ``Message.text(content)`` would make an equal message."""
        return (
            type(self.content) is str
            and self.role == "user"
            and not self.metadata
            and self.name is self.context is self.tool_calls is self.tool_call_id is None
        )

    def as_role(self, role: str) -> Message:
        """Give this message with another role: histories show each agent its own view."""
        return self._copied(role, self.name)

    def named(self, name: str) -> Message:
        """Give this message with ``name`` as the name of who said it, unless it has a name."""
        if self.name is not None:
            return self
        return self._copied(self.role, name)

    def _copied(self, role: str, name: str | None) -> Message:
        copy = _unchecked(
            self.content, role, self.metadata, name, self.context,
            self.tool_calls, self.tool_call_id, self.opaque,
        )  # fmt: skip
        if self.metadata and "stream_id" in self.metadata:
            note_streamed(copy)
        return copy

    def isolated(self) -> Message:
        """Give a copy that shares no mutable object with this message.

        That is the message itself, unless it is ``opaque``: then it holds objects that could not
        be frozen, and these are copied.
        """
        if not self.opaque:
            return self
        return _thaw(*(isolate(getattr(self, field)) for field in _IN_ORDER))

    def to_dict(self, default: Default | None = None) -> dict[str, Any]:
        """Return the message as a dict of plain data, ready for JSON, that may be changed.

        Args:
            default: gives something in place of a value that JSON does not have, as of
                `json.dumps`.

        Raises:
            MessageTypeError: there is such a value; the text says where.
        """
        plain: dict[str, Any] = plain_data(dict(self), "$", default)
        return plain

    def check_picklable(self) -> None:
        """Check that the message can go to another process.

        Raises:
            MessagePickleError: a part of it cannot be pickled; ``path`` says which.
        """
        if self.opaque:
            path = unpicklable_path({key: self[key] for key in self})
            if path is not None:
                raise MessagePickleError(
                    f"the message cannot leave its process: {path} cannot be pickled; "
                    "send plain data (str, numbers, lists, dicts) instead",
                    path=path,
                )


_unchecked: Callable[..., Message] = fast_constructor(Message)


def _thaw(*values: Any) -> Message:
    return Message(*values)


@attrs.frozen
class ChatResponse:
    """A reply with details of how it was made; allowed wherever a reply is.

    The message that is sent has ``output`` as its content, and all attributes in
    ``metadata["raw_message"]``.

    Attributes:
        status: a number that means what the user's code wants it to; 0 by default.
        output: the text of the reply.
        code: the code that was run, if any.
        prompt: the prompt that a model was asked with, if any.
        variables: the variables of that prompt.
        raw_output: what was returned before it was made a text.

    Examples:
        >>> message = as_message(ChatResponse(output="42", prompt="What is 6 x 7?"))
        >>> message.content, message.metadata["raw_message"]["prompt"]
        ('42', 'What is 6 x 7?')
    """

    status: int = 0
    output: str = ""
    code: str = ""
    prompt: str = ""
    variables: Mapping[str, Any] = attrs.field(factory=dict)
    raw_output: Any = None


# Wherever a message is expected, any of these may be given; `as_message` converts it.
MessageLike: TypeAlias = Message | ChatResponse | str | Mapping[str, Any]


def as_message(value: Any) -> Message:
    """Make a message of a str, a dict, a Message or a ChatResponse.

    A ``function_call`` is read as the one of its ``tool_calls``. Keys of a dict other than
    content, role, name, metadata, context, tool_calls and tool_call_id are dropped, but for one
    that is nearly one of these.

    Raises:
        EmptyMessageError: no content and no tool call.
        MessageTypeError: it is something else, or a key is misspelt.
    """
    if type(value) is str:
        return Message.text(value)
    try:
        return _converted(value)
    except MessageError:
        raise
    except Exception as error:  # of the value's own methods, such as its ``__class__``
        raise unreadable(value, error) from error


def _converted(value: Any) -> Message:
    if isinstance(value, Message):
        return value
    if isinstance(value, ChatResponse):
        story = attrs.asdict(value, recurse=False)
        return Message(value.output, metadata={"raw_message": story})
    if isinstance(value, Mapping):
        return Message(**(value if KEYS.issuperset(value) else fields_of(value)))
    if isinstance(value, str):
        return Message.text(str(value))
    raise MessageTypeError(
        f"a message is a str, a dict, a Message or a ChatResponse, not {type(value).__name__}"
    )
