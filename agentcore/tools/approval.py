"""The approval of a tool call by a human or a predicate."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from agentcore.base.errors import ToolError
from agentcore.tools.results import result_text

__all__ = [
    "Approval",
    "ToolRequest",
    "approval",
    "approval_question",
    "judged",
    "read_approval",
]

_YES: Final = frozenset({"y", "yes", "ok", "okay", "approve", "approved"})
_NO: Final = frozenset({"", "n", "no", "exit"})
_VALUE: Final = 500  # characters of an argument that a human is shown
_ARGUMENTS: Final = 30


@attrs.frozen
class ToolRequest:
    """A tool call that is to be approved: the argument of a predicate given as ``approve=``.

    Attributes:
        agent: the name of the agent that would call the tool.
        name: the name of the tool.
        arguments: the function's keyword arguments, already converted to their types.
    """

    agent: str
    name: str
    arguments: Mapping[str, Any]


# A predicate says whether the call may run, or gives the reason for a refusal.
Verdict: TypeAlias = bool | str
Predicate: TypeAlias = Callable[[ToolRequest], Verdict | Awaitable[Verdict]]

# What ``approve=`` takes: whether a human is asked, or a predicate of the call.
Approval: TypeAlias = bool | Literal["human"] | Predicate | None


def approval(value: Approval) -> Literal[True] | Predicate | None:
    """Normalise a value of ``approve=``.

    Returns:
        ``None`` if nobody is asked, ``True`` if a human is, or the predicate.

    Raises:
        ToolError: it is none of these.
    """
    if value is None or value is False:
        return None
    if value is True or value == "human":
        return True
    if callable(value):
        return value
    raise ToolError(f'approve= is True, "human" or a predicate of the call, not {value!r}')


def judged(verdict: Any, name: str) -> tuple[bool, str]:
    """Read what a predicate returned for a call.

    Returns:
        whether the call may run, and the reason for a refusal, for the model.
    """
    if verdict is True:
        return True, ""
    if isinstance(verdict, str) and verdict:
        return False, f"the call of {name} was refused: {verdict}"
    return False, f"the call of {name} was refused"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def approval_question(agent_name: str, tool: _Named, arguments: Mapping[str, Any]) -> str:
    """Return the question to a human whether a call may run; unprintable characters are escaped."""
    lines = [f"{agent_name} wants to call {tool.name}" + (":" if arguments else ", no arguments.")]
    for name, value in list(arguments.items())[:_ARGUMENTS]:
        lines.append(f"  {name} = {_shown(value)}")
    if len(arguments) > _ARGUMENTS:
        lines.append(f"  ... and {len(arguments) - _ARGUMENTS} more arguments")
    lines.append("Type yes to let it run; anything else refuses it, and is told to the agent: ")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else result_text(value)
    more = len(text) - _VALUE
    # A control character could move the cursor or turn the text's direction, and so show a call
    # that is not the one to be approved.
    text = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:_VALUE])
    return f"{text}... ({more} characters more)" if more > 0 else text


def read_approval(answer: str | None) -> tuple[bool, str]:
    """Read a human's answer to the question. Only a plain yes lets the call run.

    Args:
        answer: the line that was typed; ``None`` if the console is closed.

    Returns:
        whether the call may run, and the reason for a refusal, for the model.
    """
    words = (answer or "").strip()
    plain = words.rstrip(".! ").lower()
    if plain in _YES:
        return True, ""
    if plain in _NO:
        return False, "a human refused the call"
    return False, f"a human refused the call: {words}"
