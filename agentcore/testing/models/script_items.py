"""The items of the script of a `ScriptedModel`, and the steps of answering with one of them."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from agentcore.base.errors import ModelError
from agentcore.protocol.model_api import Completion, Output, Sampling, ToolCall, ToolSpec, Usage

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
    """A script does not fit what was asked: items are left or missing, or another was expected."""


@attrs.frozen
class Asked:
    """One call of a model.

    Attributes:
        messages, tools, output, sampling: the arguments of `ChatModel.complete`.
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
        """A short description of the call, for an error."""
        last = self.messages[-1] if self.messages else {}
        told = f"{len(self.messages)} messages, the last ({last.get('role')}) {self.text[:300]!r}"
        if self.tools:
            told += f"; tools {', '.join(tool.name for tool in self.tools)}"
        return told if self.output is None else f"{told}; output {self.output.name}"


def text_of(message: Mapping[str, Any]) -> str:
    """Give the text of a message: its content, or the texts of its content's parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return " ".join(str(part.get("text", "")) for part in content if hasattr(part, "get"))
    return "" if content is None else str(content)


@attrs.frozen(init=False)
class Streamed:
    """An answer that is streamed in these pieces: ``Streamed("it ", "is ", "four")``.

    A piece may also be ``Delayed(seconds, "text")``, or an exception, which is raised there.

    Raises:
        TypeError: a piece is none of these.
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
    """An answer that takes time, by the clock of the event loop (virtual on the inline backend).

    Attributes:
        seconds: how long it takes, 0 or more.
        item: any item of a script.
    """

    seconds: float = attrs.field(validator=attrs.validators.ge(0))
    item: Any


@attrs.frozen
class Expect:
    """An answer to one certain question; any other question is a `ScriptError`.

    Attributes:
        what: a text that the last message must contain, or a predicate of `Asked`.
        answer: any item of a script.
    """

    what: str | Callable[[Asked], Any]
    answer: Any


@attrs.frozen
class Wait:
    """A step that takes time.

    Attributes:
        seconds: how long, if there is no awaitable.
        awaitable: what is awaited, and whose result is sent to the steps.
    """

    seconds: float = 0.0
    awaitable: Awaitable[Any] | None = None


Steps = Generator[str | Wait | Completion, Any, None]


def check_item(item: Any) -> None:
    """Check that an item can stand in a script.

    Raises:
        TypeError: it is no answer of a model.
    """
    if isinstance(item, Delayed):
        check_item(item.item)
    elif isinstance(item, Expect):
        check_item(item.answer)
    elif not (isinstance(item, Streamed) or _is_error(item) or _is_function(item)):
        _completion(item)


def play(item: Any, asked: Asked) -> Steps:
    """Give the steps of answering with an item: pieces of text, waits, and last the completion.

    Whoever takes the steps sends the result of an awaitable back. An exception that is an item is
    raised as it is.

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
    """Add the usage and the model's name where the script has none; each word is a token."""
    if completion.usage and completion.model:
        return completion
    usage = completion.usage or Usage(
        sum(map(_words, map(text_of, asked.messages))), sum(map(_words, _said(completion)))
    )
    # Not attrs.evolve, which takes three times as long.
    return Completion(
        completion.text,
        completion.tool_calls,
        completion.finish_reason,
        usage,
        completion.model or model,
        completion.thinking,
        extra=completion.extra,
    )


@lru_cache(maxsize=10_000)  # each call counts the whole history again
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
    """Copy what was asked, so that later changes of the messages do not matter."""
    return Asked(tuple(map(dict, messages)), tuple(tools), output, sampling)
