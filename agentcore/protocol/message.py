"""Messages: what agents say to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.errors import EmptyMessageError, MessagePickleError, MessageTypeError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.base.frozen import EMPTY, FrozenDict, freeze, isolate, unpicklable_path

__all__ = ["ChatResponse", "Message", "MessageLike", "as_message", "calls_in_words"]

_ALWAYS = ("content", "role", "metadata")
_WHERE_SET = ("name", "context", "tool_calls", "tool_call_id")
_IN_ORDER = _ALWAYS + _WHERE_SET
KEYS = frozenset(_IN_ORDER)


@attrs.frozen(init=False, eq=False, repr=False)
class Message(Mapping[str, Any]):
    """One message: frozen attrs, and a read-only mapping (``m["content"]``, ``dict(m)``).

    Immutable all the way down: containers in it are frozen when it is made, so that it can be
    shared by all who read it, on any backend.

    Args:
        content: what is said: a non-empty str, or a list of parts; ``None`` with a tool call.
        role: ``user``, unless the message has a role of its own (``tool``, ``system``).
        metadata: anything that goes along with it; a true ``TERMINATE`` asks for no answer.
        name, context, tool_calls, tool_call_id: kept as they are.

    Raises:
        EmptyMessageError: it has neither content nor a tool call.
        MessageTypeError: content, role or metadata has the wrong type.
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
        # Parts that are equal may look different: a dict's keys in another order, 1 and 1.0.
        content = self.content if isinstance(self.content, str) else len(self.content or ())
        return hash((content, self.role))

    def __repr__(self) -> str:
        return f"Message({dict(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _thaw, tuple(getattr(self, field) for field in _IN_ORDER)

    @staticmethod
    def text(content: str) -> Message:
        """Make a message of a plain text: the quick way, for what most rules return.

        Raises:
            EmptyMessageError: the text is empty.
        """
        if not content:
            raise EmptyMessageError("an empty text is no message; return None to say nothing")
        return _quick(content, "user", EMPTY, None, None, None, None, False)

    @property
    def is_text(self) -> bool:
        """Whether `text` would make the same message of its content."""
        return (
            type(self.content) is str
            and self.role == "user"
            and not self.metadata
            and self.name is self.context is self.tool_calls is self.tool_call_id is None
        )

    def as_role(self, role: str) -> Message:
        """Give this message with another role, for one agent's own record of it."""
        return _quick(
            self.content, role, self.metadata, self.name, self.context,
            self.tool_calls, self.tool_call_id, self.opaque,
        )  # fmt: skip

    def named(self, name: str) -> Message:
        """Give this message with the name of who said it, unless it has one."""
        if self.name is not None:
            return self
        return _quick(
            self.content, self.role, self.metadata, name, self.context,
            self.tool_calls, self.tool_call_id, self.opaque,
        )  # fmt: skip

    def isolated(self) -> Message:
        """Give a copy that shares nothing mutable: itself, unless it holds opaque objects."""
        if not self.opaque:
            return self
        return _thaw(*(isolate(getattr(self, field)) for field in _IN_ORDER))

    def check_picklable(self) -> None:
        """Raise ``MessagePickleError``, which names the path, if a part cannot be pickled."""
        if self.opaque:
            path = unpicklable_path({key: self[key] for key in self})
            if path is not None:
                raise MessagePickleError(
                    f"the message cannot leave its process: {path} cannot be pickled; "
                    "send plain data (str, numbers, lists, dicts) instead",
                    path=path,
                )


_quick: Callable[..., Message] = fast_constructor(Message)


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
    """A reply with the story of how it came about; allowed wherever a reply is.

    As a message its ``output`` is the content, and all of it stands in
    ``metadata["raw_message"]``.
    """

    status: int = 0
    output: str = ""
    code: str = ""
    prompt: str = ""
    variables: Mapping[str, Any] = attrs.field(factory=dict)
    raw_output: Any = None


# What may be given as a message: `as_message` reads it.
MessageLike: TypeAlias = Message | ChatResponse | str | Mapping[str, Any]


def as_message(value: Any) -> Message:
    """Make a message of a str, a dict, a Message or a ChatResponse.

    Of a dict the keys content, role, name, metadata, context, tool_calls and tool_call_id are
    kept.

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
    """Say what a message says, and which calls it asks for."""
    calls = []
    for call in message.tool_calls:
        function = (call.get("function") if isinstance(call, Mapping) else None) or {}
        named = f"{function.get('name')} with {function.get('arguments')}"
        calls.append(named if function else str(call))
    asked = f"(asks to call {', '.join(calls)})"
    return f"{message.content} {asked}" if message.content else asked
