"""What a model is: the protocol, and what is asked of it and what it answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import attrs

__all__ = [
    "NO_SAMPLING",
    "ChatModel",
    "Completion",
    "Delta",
    "Output",
    "Sampling",
    "ToolCall",
    "ToolSpec",
    "Usage",
]


@attrs.frozen
class Usage:
    """What a completion cost, in tokens. Usages add up with ``+``.

    Attributes:
        prompt_tokens: of what the model read.
        completion_tokens: of what it wrote.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """All of them."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def __bool__(self) -> bool:
        return self.total_tokens > 0

    def as_dict(self) -> dict[str, int]:
        """Give it as it stands in a message's metadata, under ``usage``."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
        }


def _texts(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


@attrs.frozen
class Sampling:
    """How a model is to choose its words; ``None`` leaves it to the model.

    Attributes:
        temperature: 0 for the likeliest words, higher for others.
        top_p: the share of likelihood that is chosen from.
        max_tokens: how many tokens it may write.
        seed: for the same choice each time, as far as the model can.
        stop: texts that end the answer.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def over(self, other: Sampling) -> Sampling:
        """Give ``other``, with what is set here in its place."""
        given = attrs.asdict(self, filter=lambda _, value: value not in (None, ()))
        return attrs.evolve(other, **given)

    def as_dict(self) -> dict[str, Any]:
        """Give what is set, by the names that OpenAI-shaped interfaces have for it."""
        given = attrs.asdict(self, filter=lambda _, value: value not in (None, ()))
        return {key: list(value) if key == "stop" else value for key, value in given.items()}


NO_SAMPLING = Sampling()


@attrs.frozen
class ToolSpec:
    """A tool, as a model is told of it.

    Attributes:
        name: what the model calls it by.
        description: what it does.
        parameters: JSON schema of its arguments, an object.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = attrs.field(
        factory=lambda: {"type": "object", "properties": {}}
    )

    def as_dict(self) -> dict[str, Any]:
        """Give it in OpenAI's shape."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        return {"type": "function", "function": function}


@attrs.frozen
class Output:
    """The form that an answer is to have.

    Attributes:
        name: of the form, for models that want one.
        schema: JSON schema of the answer, which is then JSON text.
    """

    name: str
    schema: Mapping[str, Any]


def _is_text(call: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(
            f"the arguments of a ToolCall are JSON text, not {value!r:.200}; "
            "ToolCall.of(id, name, key=value) makes it"
        )


@attrs.frozen
class ToolCall:
    """A call that a model proposes.

    Attributes:
        id: names the call, so that its result can be told from others'.
        name: of the tool.
        arguments: JSON text as the model wrote it, which may be no JSON at all.
    """

    id: str
    name: str
    arguments: str = attrs.field(default="{}", validator=_is_text)

    @classmethod
    def of(cls, id: str, name: str, /, **arguments: Any) -> ToolCall:
        """Make a call with arguments as Python has them."""
        return cls(id, name, json.dumps(arguments))

    def as_dict(self) -> dict[str, Any]:
        """Give it in OpenAI's shape, as it stands in ``message["tool_calls"]``."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}

    @classmethod
    def from_dict(cls, call: Mapping[str, Any]) -> ToolCall:
        """Read one in OpenAI's shape.

        Raises:
            ValueError: it is none.
        """
        try:
            function = call["function"]
            arguments = function.get("arguments") or "{}"
            if not isinstance(arguments, str):
                arguments = json.dumps(arguments, default=dict)
            return cls(str(call.get("id") or ""), str(function["name"]), arguments)
        except (AttributeError, KeyError, TypeError) as error:
            shown = repr(call)[:200]
            raise ValueError(f"a tool call has a function with a name, not {shown}") from error


def _calls(calls: Iterable[ToolCall]) -> tuple[ToolCall, ...]:
    return tuple(calls)


@attrs.frozen
class Completion:
    """What a model answered.

    Attributes:
        text: what it said; empty if it only calls tools.
        tool_calls: the calls that it proposes.
        finish_reason: why it ended: ``stop``, ``tool_calls``, ``length``, ``content_filter``.
        usage: what it cost.
        model: the model that answered, as it names itself.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = attrs.field(default=(), converter=_calls)
    finish_reason: str = "stop"
    usage: Usage = Usage()
    model: str = ""


@attrs.frozen
class Delta:
    """A piece of an answer as it is made.

    Attributes:
        text: what is added to it.
        completion: the whole, with the last piece alone.
    """

    text: str = ""
    completion: Completion | None = None


@runtime_checkable
class ChatModel(Protocol):
    """A model that answers a list of messages: any object with these two methods.

    ``complete`` may be a ``def``, if it need not wait for anything, or an ``async def``; an
    ``async def`` one holds no thread while it waits, and is cancelled as a task is. A model is
    given to agents as its *configuration*: it pickles, and connects to whatever it needs where it
    is used first.

    Messages are mappings as OpenAI has them, with ``role`` (system, user, assistant, tool),
    ``content`` and, where they have them, ``name``, ``tool_calls`` and ``tool_call_id``.

    A model may say more about itself, in attributes that are looked up by name: ``name`` (in
    errors), ``alternates`` (true: it wants user and assistant to alternate, beginning with user)
    and ``names_in_text`` (true: it takes no notice of ``name``, so names are put into the text).
    """

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = NO_SAMPLING,
        timeout: float | None = None,
    ) -> Completion | Awaitable[Completion]:
        """Answer.

        Args:
            tools: what it may call.
            output: the form that the answer must have.
            sampling: over what the model itself is set to.
            timeout: seconds that there are for it.

        Raises:
            ModelError: it could not answer. ``ContextLengthError``: the messages are too long.
        """

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = NO_SAMPLING,
        timeout: float | None = None,
    ) -> AsyncIterator[Delta] | Iterator[Delta]:
        """Answer piece by piece; the last piece has the whole. Closing it ends the answer."""
