"""Messages: what agents say to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.errors import EmptyMessageError, MessagePickleError, MessageTypeError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.base.frozen import EMPTY, FrozenDict, freeze, isolate, unpicklable_path
from agentcore.protocol.streamed import note_streamed

__all__ = ["ChatResponse", "Message", "MessageLike", "as_message", "calls_in_words"]

_ALWAYS = ("content", "role", "metadata")
_WHERE_SET = ("name", "context", "tool_calls", "tool_call_id")
_IN_ORDER = _ALWAYS + _WHERE_SET
KEYS = frozenset(_IN_ORDER)


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
        MessageTypeError: content, role or metadata has the wrong type.

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
        _check(content, role, metadata, tool_calls)
        given = (content, role, metadata or EMPTY, name, context, tool_calls, tool_call_id)
        frozen = [freeze(value) for value in given]
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


def _check(content: Any, role: Any, metadata: Any, tool_calls: Any) -> None:
    if not content and not tool_calls:
        raise EmptyMessageError(
            "a message needs content or a tool call; to end a conversation, return True, None"
        )
    if content and not isinstance(content, str | list | tuple):
        raise MessageTypeError(
            f"the content of a message is a str or a list of parts, not {type(content).__name__}"
        )
    if type(role) is not str:
        raise MessageTypeError(f"the role of a message is a str, not {type(role).__name__}")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise MessageTypeError(
            f"the metadata of a message is a dict, not {type(metadata).__name__}"
        )


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

    Keys of a dict other than content, role, name, metadata, context, tool_calls and tool_call_id
    are dropped.

    Raises:
        EmptyMessageError: no content and no tool call.
        MessageTypeError: it is something else.
    """
    if type(value) is str:
        return Message.text(value)
    if isinstance(value, Message):
        return value
    if isinstance(value, ChatResponse):
        story = attrs.asdict(value, recurse=False)
        return Message(value.output, metadata={"raw_message": story})
    if isinstance(value, Mapping):
        return Message(**{key: value[key] for key in value if key in KEYS})
    if isinstance(value, str):
        return Message.text(str(value))
    raise MessageTypeError(
        f"a message is a str, a dict, a Message or a ChatResponse, not {type(value).__name__}"
    )


def calls_in_words(message: Message) -> str:
    """Describe a message with tool calls in one text: its content, and the calls it asks for."""
    calls = []
    for call in message.tool_calls:
        function = (call.get("function") if isinstance(call, Mapping) else None) or {}
        named = f"{function.get('name')} with {function.get('arguments')}"
        calls.append(named if function else str(call))
    asked = f"(asks to call {', '.join(calls)})"
    return f"{message.content} {asked}" if message.content else asked
