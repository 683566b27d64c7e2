"""Asking a model for a value: what is asked and in what order, without any waiting.

A generator says what is to be awaited and is sent what came of it. So one text of it serves a
``def``, which blocks, and an ``async def``, which does not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias

from agentcore.base.errors import OutputError
from agentcore.models.calls import completing, model_name
from agentcore.protocol.model_api import ChatModel, Completion, Output, Usage
from agentcore.tools.schema import output_for, read_value

__all__ = ["Asking", "ask_model"]

Asking: TypeAlias = Generator[Awaitable[Completion], Completion, Any]


def _forget(usage: Usage) -> None:
    """Nobody adds up what it costs."""


def ask_model(
    model: ChatModel,
    messages: Sequence[Mapping[str, Any]],
    type_: Any = str,
    *,
    note: Callable[[Usage], object] = _forget,
    what: str = "",
) -> Asking:
    """Ask a model for a value of a type; tell it once what was wrong, if it is none.

    Args:
        messages: what it is asked, in OpenAI's shape.
        type_: of the value; ``str`` for the text as it is.
        note: told what each completion cost.
        what: what has this type, for the error of a type that cannot be asked for.

    Yields:
        What is to be awaited; send what came of it. Nothing, if the model answers at once.

    Returns:
        The value.

    Raises:
        OutputError: its second answer had not the form either; ``.raw`` is that answer.
        ToolError: the type is none that JSON can be read into.
        ModelError: as the model raises it.
    """
    if type_ is str:
        completion = yield from _complete(model, messages, None, note)
        return completion.text
    output = output_for(type_, what)
    completion = yield from _complete(model, messages, output, note)
    try:
        return read_value(completion.text, type_, what)
    except ValueError as error:
        again = [*messages, *_correction(completion, _reason(completion, error))]
    completion = yield from _complete(model, again, output, note)
    try:
        return read_value(completion.text, type_, what)
    except ValueError as error:
        name = model_name(model)
        raise OutputError(
            f"the model {name} gave no {output.name}, also when it was told what was wrong: "
            f"{_reason(completion, error)}",
            model=name,
            raw=completion.text,
        ) from error


def _complete(
    model: ChatModel,
    messages: Sequence[Mapping[str, Any]],
    output: Output | None,
    note: Callable[[Usage], object],
) -> Generator[Awaitable[Completion], Completion, Completion]:
    completion: Completion = yield from completing(model, messages, output=output)
    note(completion.usage)
    return completion


def _correction(completion: Completion, reason: str) -> list[dict[str, Any]]:
    asked = (
        f"That answer cannot be used: {reason}\n"
        "Answer again, with nothing but the corrected JSON, in the form that was asked for."
    )
    # Some servers refuse a message without text.
    said = completion.text if completion.text.strip() else "(no text)"
    return [{"role": "assistant", "content": said}, {"role": "user", "content": asked}]


def _reason(completion: Completion, error: ValueError) -> str:
    if completion.finish_reason == "length":
        return f"{error} (it was cut off at the number of tokens that it may have)"
    if completion.finish_reason == "content_filter":
        return f"{error} (it was cut off by the provider's filter of contents)"
    return str(error)
