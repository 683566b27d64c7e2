"""The interface of models: `ChatModel`, and the values that it takes and returns."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import attrs

from agentcore.base.frozen import EMPTY, freeze
from agentcore.base.keywords import refusing_unknown_keywords
from agentcore.protocol.usage import NO_USAGE, Usage

__all__ = [
    "NO_SAMPLING",
    "SAMPLING_HABITS",
    "ChatModel",
    "Completion",
    "Delta",
    "Output",
    "Sampling",
    "ToolCall",
    "ToolSpec",
    "Usage",
    "as_sampling",
]


def _texts(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


@attrs.frozen
class Sampling:
    """How a model is to choose tokens; what is ``None`` is left to the model.

    Attributes:
        temperature: 0 for the most likely tokens, higher for more variety.
        top_p: only the most likely tokens, up to this share of probability (0 to 1), are chosen.
        max_tokens: how many tokens the model may write.
        seed: for the same choice each time, as far as the model supports that.
        stop: texts that end the answer.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def over(self, other: Sampling) -> Sampling:
        """Give a copy of ``other``, in which what is set here replaces its values."""
        given = attrs.asdict(self, filter=lambda _, value: value not in (None, ()))
        return attrs.evolve(other, **given)

    def as_dict(self) -> dict[str, Any]:
        """Give what is set, by the names that the OpenAI API has for it."""
        given = attrs.asdict(self, filter=lambda _, value: value not in (None, ()))
        return {key: list(value) if key == "stop" else value for key, value in given.items()}


Sampling.__init__ = refusing_unknown_keywords(Sampling.__init__)  # type: ignore[method-assign]
NO_SAMPLING = Sampling()
# What is given to a model in place of a keyword that is one of `Sampling`.
SAMPLING_HABITS = dict.fromkeys(
    attrs.fields_dict(Sampling), 'it is set by sampling=, as in sampling={"temperature": 0}'
)


def as_sampling(value: Any) -> Sampling:
    """Return the `Sampling` that is given as one, or as a dict of its attributes.

    Raises:
        TypeError: it is neither, or has another attribute.
    """
    if isinstance(value, Mapping):
        value = Sampling(**value)
    if not isinstance(value, Sampling):
        raise TypeError(f"sampling= is a Sampling(temperature=0, ...), not {value!r}")
    return value


@attrs.frozen
class ToolSpec:
    """The description of a tool that a model is given.

    Attributes:
        name: the name that the model calls it by.
        description: what it does.
        parameters: the JSON schema of its arguments, of the type ``object``.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = attrs.field(
        factory=lambda: {"type": "object", "properties": {}}
    )

    def as_dict(self) -> dict[str, Any]:
        """Give it as the OpenAI API has it."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        return {"type": "function", "function": function}


@attrs.frozen
class Output:
    """The form that an answer must have: JSON text of a schema.

    Attributes:
        name: a name of the form, for models that need one.
        schema: the JSON schema.
    """

    name: str
    schema: Mapping[str, Any]


def _is_text(call: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(
            f"the arguments of a ToolCall are JSON text, not {value!r:.200}; "
            "ToolCall.of(id, name, key=value) makes it"
        )


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if value is EMPTY:
        return EMPTY
    frozen: Mapping[str, Any] = freeze(value)[0]
    return frozen


@attrs.frozen
class ToolCall:
    """A call of a tool that a model proposes.

    Attributes:
        id: names the call, so that results can be matched to calls; a model may have left it empty.
        name: the name of the tool; empty if the model named none.
        arguments: the arguments as JSON text, as the model wrote it; it may be invalid JSON.
        extra: further fields of the call, such as a signature of the model's thoughts, which the
            same model is to be sent back.

    Examples:
        >>> ToolCall.of("1", "add", a=1, b=2)
        ToolCall(id='1', name='add', arguments='{"a": 1, "b": 2}')
    """

    id: str
    name: str
    arguments: str = attrs.field(default="{}", validator=_is_text)
    extra: Mapping[str, Any] = attrs.field(
        default=EMPTY, converter=_frozen, repr=False, hash=False, kw_only=True
    )

    @classmethod
    def of(cls, id: str, name: str, /, **arguments: Any) -> ToolCall:
        """Make a call with arguments that are Python values."""
        return cls(id, name, json.dumps(arguments))

    def as_dict(self) -> dict[str, Any]:
        """Give it as the OpenAI API has it, and ``message["tool_calls"]``."""
        own = {"name": self.name, "arguments": self.arguments}
        function = {**self.extra.get("function", {}), **own}
        return {**self.extra, "id": self.id, "type": "function", "function": function}

    @classmethod
    def from_dict(cls, call: Mapping[str, Any]) -> ToolCall:
        """Read a call as the OpenAI API has it.

        Raises:
            ValueError: it has no function with a name.
        """
        try:
            function = call["function"]
            arguments = function.get("arguments") or "{}"
            if not isinstance(arguments, str):
                arguments = json.dumps(arguments, default=dict)
            extra = {
                key: call[key] for key in call if key not in ("id", "type", "function", "index")
            }
            inner = {key: function[key] for key in function if key not in ("name", "arguments")}
            if inner:
                extra["function"] = inner
            return cls(str(call.get("id") or ""), str(function["name"]), arguments, extra=extra)
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
        usage: the tokens that it used.
        model: the name of the model that answered, as the model itself reports it.
        thinking: what it thought aloud before it answered, which is no part of the text.
        extra: further fields of the message, which the same model is to be sent back with the calls
            that it proposes, such as ``reasoning_content``.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = attrs.field(default=(), converter=_calls)
    finish_reason: str = "stop"
    usage: Usage = NO_USAGE
    model: str = ""
    thinking: str = ""
    extra: Mapping[str, Any] = attrs.field(
        default=EMPTY, converter=_frozen, repr=False, hash=False, kw_only=True
    )


@attrs.frozen
class Delta:
    """A piece of a streamed answer.

    Attributes:
        text: the text that it adds to the answer.
        completion: the whole answer, in the last piece; ``None`` in all others.
    """

    text: str = ""
    completion: Completion | None = None


@runtime_checkable
class ChatModel(Protocol):
    """A model that answers a list of messages: any object with these two methods.

    ``complete`` may be a ``def``, if it need not wait for anything, or an ``async def``, which
    blocks no thread while it waits and is cancelled as a task is. An agent may be given its model
    in one process and live in another. So a model must be picklable, and connect to what it needs
    when it is first used.

    Messages are mappings as the OpenAI API has them, with ``role`` (system, user, assistant, tool),
    ``content`` and, where needed, ``name``, ``tool_calls`` and ``tool_call_id``.

    A model may have further attributes: ``name`` (a str, for errors), ``alternates`` (true if user
    and assistant must alternate, beginning with user) and ``names_in_text`` (true if the model
    ignores ``name``, so that names are put into the text).
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
        """Answer the messages.

        Args:
            messages: the conversation so far, as the OpenAI API has it.
            tools: the tools that the answer may call.
            output: the form that the answer must have; ``None`` for any text.
            sampling: what is set here replaces the model's own settings.
            timeout: seconds that it may take; ``None`` for any time.

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
        """Answer piece by piece; the last piece has the whole answer. Closing it stops the answer.

        Takes the arguments of ``complete``, and raises what that raises.
        """
