"""Asking a model for a value of a type.

It is written as a generator that yields what is to be awaited and is sent the outcome. So the same
code serves ``def`` functions, which block, and ``async def`` functions, which do not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias

from agentcore.base.errors import OutputError
from agentcore.models.calls import completing, model_name, was_cut_off
from agentcore.protocol.model_api import ChatModel, Completion, Output, Usage
from agentcore.tools.schema import output_for, read_value

__all__ = ["Asking", "ask_model"]

Asking: TypeAlias = Generator[Awaitable[Completion], Completion, Any]


def _forget(usage: Usage) -> None:
    """Ignore the usage."""


def ask_model(
    model: ChatModel,
    messages: Sequence[Mapping[str, Any]],
    type_: Any = str,
    *,
    note: Callable[[Usage], object] = _forget,
    what: str = "",
) -> Asking:
    """Ask a model for a value of a type.

    If its answer has not the form of the type, it is told what was wrong and asked once more.

    Args:
        model: the model.
        messages: what it is asked, as the OpenAI API has it.
        type_: the type of the value; ``str`` for the text of the answer.
        note: called with the usage of each completion.
        what: what has this type, in words for errors.

    Yields:
        What is to be awaited, and is sent the outcome; nothing if the model answers at once.

    Returns:
        The value.

    Raises:
        OutputError: its second answer had not the form either; ``.raw`` is that answer.
        ToolError: JSON cannot be read into the type.
        ModelError: the model could not answer.
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
    # Some model servers refuse a message without text.
    said = completion.text if completion.text.strip() else "(no text)"
    return [{"role": "assistant", "content": said}, {"role": "user", "content": asked}]


def _reason(completion: Completion, error: ValueError) -> str:
    if was_cut_off(completion):
        return f"{error} (it was cut off at the number of tokens that it may have)"
    if completion.finish_reason == "content_filter":
        return f"{error} (it was cut off by the provider's filter of contents)"
    return str(error)
