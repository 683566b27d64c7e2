"""What stands in the script of a `ScriptedModel`, and how one item of it is played."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from agentcore.base.errors import ModelError
from agentcore.models import Completion, Output, Sampling, ToolCall, ToolSpec, Usage

__all__ = [
    "Asked",
    "Delayed",
    "Expect",
    "ScriptError",
    "Steps",
    "Streamed",
    "Wait",
    "as_asked",
    "check_item",
    "counted",
    "play",
]


class ScriptError(ModelError, AssertionError):
    """A script and what was asked of its model do not fit: too much, too little, or another."""


@attrs.frozen
class Asked:
    """One call of a model.

    Attributes:
        messages, tools, output, sampling: as the model was given them.
    """

    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[ToolSpec, ...] = ()
    output: Output | None = None
    sampling: Sampling = attrs.field(factory=Sampling)

    @property
    def text(self) -> str:
        """The text of the last message."""
        return text_of(self.messages[-1]) if self.messages else ""

    @property
    def shown(self) -> str:
        """What was asked, for an error."""
        last = self.messages[-1] if self.messages else {}
        told = f"{len(self.messages)} messages, the last ({last.get('role')}) {self.text[:300]!r}"
        if self.tools:
            told += f"; tools {', '.join(tool.name for tool in self.tools)}"
        return told if self.output is None else f"{told}; output {self.output.name}"


def text_of(message: Mapping[str, Any]) -> str:
    """Give the text of a message: its content, or that of the parts of it."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return " ".join(str(part.get("text", "")) for part in content if hasattr(part, "get"))
    return "" if content is None else str(content)


@attrs.frozen(init=False)
class Streamed:
    """An answer that comes in these pieces: ``Streamed("it ", "is ", "four")``.

    A piece may also be ``Delayed(seconds, "text")``, or an exception, which breaks it off there.
    """

    pieces: tuple[Any, ...]

    def __init__(self, *pieces: Any) -> None:
        for piece in pieces:
            inner = piece.item if isinstance(piece, Delayed) else piece
            if not (isinstance(inner, str) or _is_error(inner)):
                raise TypeError(f"a piece of Streamed is a text or an exception, not {inner!r}")
        self.__attrs_init__(pieces)


@attrs.frozen
class Delayed:
    """An answer that comes later: by the clock of the event loop, virtual on the inline backend.

    Attributes:
        seconds: until it comes.
        item: any item of a script.
    """

    seconds: float = attrs.field(validator=attrs.validators.ge(0))
    item: Any


@attrs.frozen
class Expect:
    """An answer to a certain question, and to no other.

    Attributes:
        what: a text that the last message must have in it, or a predicate of `Asked`.
        answer: any item of a script.
    """

    what: str | Callable[[Asked], Any]
    answer: Any


@attrs.frozen
class Wait:
    """A step of an item that takes time: seconds, or whatever an ``async def`` function does."""

    seconds: float = 0.0
    awaitable: Awaitable[Any] | None = None


Steps = Generator[str | Wait | Completion, Any, None]


def check_item(item: Any) -> None:
    """See that an item can be played.

    Raises:
        TypeError: it cannot.
    """
    if isinstance(item, Delayed):
        check_item(item.item)
    elif isinstance(item, Expect):
        check_item(item.answer)
    elif not (isinstance(item, Streamed) or _is_error(item) or _is_function(item)):
        _completion(item)


def play(item: Any, asked: Asked) -> Steps:
    """Give an item step by step: pieces of text, waits, and the whole at the end.

    A wait for an awaitable is sent its result. An exception of the script is raised.

    Raises:
        ScriptError: another question was expected.
    """
    if isinstance(item, Expect):
        _check_expected(item, asked)
        yield from play(item.answer, asked)
    elif isinstance(item, Delayed):
        yield Wait(item.seconds)
        yield from play(item.item, asked)
    elif isinstance(item, Streamed):
        yield from _pieces(item)
    elif _is_error(item):
        raise item
    elif _is_function(item):
        result = item(asked.messages, asked.tools, asked.output)
        if inspect.isawaitable(result):
            result = yield Wait(awaitable=result)
        yield from play(result, asked)
    else:
        completion = _completion(item)
        if completion.text:
            yield completion.text
        yield completion


def _check_expected(item: Expect, asked: Asked) -> None:
    if callable(item.what):
        if not item.what(asked):
            what = getattr(item.what, "__name__", repr(item.what))
            raise ScriptError(f"what was asked is not what {what} expects: {asked.shown}")
    elif item.what not in asked.text:
        raise ScriptError(f"{item.what!r} was expected in what was asked: {asked.shown}")


def _pieces(streamed: Streamed) -> Steps:
    texts = []
    for piece in streamed.pieces:
        text = piece
        if isinstance(piece, Delayed):
            yield Wait(piece.seconds)
            text = piece.item
        if _is_error(text):
            raise text
        texts.append(text)
        yield text
    yield Completion("".join(texts))


def _completion(item: Any) -> Completion:
    if isinstance(item, Completion):
        return item
    if isinstance(item, str):
        return Completion(item)
    calls = (item,) if isinstance(item, ToolCall) else item
    many = isinstance(calls, list | tuple) and len(calls) > 0
    if many and all(isinstance(call, ToolCall) for call in calls):
        return Completion(tool_calls=calls, finish_reason="tool_calls")
    return Completion(_json(item))


def _json(item: Any) -> str:
    if attrs.has(type(item)):
        item = attrs.asdict(item)
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        item = dataclasses.asdict(item)
    elif hasattr(item, "model_dump"):
        item = item.model_dump(mode="json")
    if not isinstance(item, Mapping | list | tuple):
        raise TypeError(f"a script cannot have {item!r}: it is no answer of a model")
    return json.dumps(item, ensure_ascii=False)


def _is_function(item: Any) -> bool:
    return callable(item) and not (attrs.has(type(item)) or hasattr(item, "model_dump"))


def _is_error(item: Any) -> bool:
    return isinstance(item, BaseException) or (
        isinstance(item, type) and issubclass(item, BaseException)
    )


# --- what an answer costs ---------------------------------------------------------------------


def counted(completion: Completion, asked: Asked, model: str) -> Completion:
    """Fill in what the script did not say: a word is a token."""
    if completion.usage and completion.model:
        return completion
    usage = completion.usage or Usage(
        sum(map(_words, map(text_of, asked.messages))), sum(map(_words, _said(completion)))
    )
    return Completion(
        completion.text,
        completion.tool_calls,
        completion.finish_reason,
        usage,
        completion.model or model,
    )


@lru_cache(maxsize=10_000)  # a history is counted again with each of its messages
def _words(text: str) -> int:
    return len(text.split())


def _said(completion: Completion) -> Iterator[str]:
    yield completion.text
    for call in completion.tool_calls:
        yield f"{call.name} {call.arguments}"


def as_asked(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[ToolSpec],
    output: Output | None,
    sampling: Sampling,
) -> Asked:
    """Keep what was asked, whatever happens to it later."""
    return Asked(tuple(map(dict, messages)), tuple(tools), output, sampling)
