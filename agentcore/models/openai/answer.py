"""Answers that come whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentcore.models.openai.assembly import (
    Assembly,
    Call,
    a_list,
    a_mapping,
    arguments_of,
    shown,
    text_of,
)  # fmt: skip
from agentcore.protocol.model_api import Completion

__all__ = ["completion_from"]


def completion_from(answer: Any) -> Completion:
    """Read an answer that came whole.

    Raises:
        ValueError: it does not have the format of an answer.
    """
    choice = _first_choice(answer)
    message = a_mapping(choice.get("message"), "the message of the choice")
    text, refused = text_of(message.get("content")), text_of(message.get("refusal"))
    calls = [_call(each) for each in a_list(message.get("tool_calls"), "tool_calls")]
    assembly = Assembly(text=text, refused=refused, calls=dict(enumerate(calls)))
    assembly.finish_reason = choice.get("finish_reason")
    assembly.note(answer)
    return assembly.completion()


def _call(call: Any) -> Call:
    function = a_mapping(a_mapping(call, "a tool call").get("function"), "a tool call's function")
    return Call(call.get("id"), function.get("name"), [arguments_of(function.get("arguments"))])


def _first_choice(answer: Any) -> Mapping[str, Any]:
    answer = a_mapping(answer, "the answer")
    choices = a_list(answer.get("choices"), "choices")
    if not choices:
        error = answer.get("error")  # some servers fail with status 200
        raise ValueError(f"it has no choices{f', but an error: {shown(error)}' if error else ''}")
    return a_mapping(choices[0], "its choice")
