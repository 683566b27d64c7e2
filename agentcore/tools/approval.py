"""Words about calls of tools: results for the model, questions to a human and the answers."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from agentcore.tools.tool import Tool

__all__ = ["ToolRequest", "approval_question", "judged", "read_approval", "result_text"]

_DONE: Final = "Done; there is no result."
_YES: Final = frozenset({"y", "yes", "ok", "okay", "approve", "approved"})
_NO: Final = frozenset({"", "n", "no", "exit"})
_VALUE: Final = 500  # characters of an argument that a human is shown
_ARGUMENTS: Final = 30


@attrs.frozen
class ToolRequest:
    """A call that is to be approved, as a predicate given as ``approve=`` sees it.

    Attributes:
        agent: the name of the agent that would run it.
        name: of the tool.
        arguments: as the function would be given them, by their names.
    """

    agent: str
    name: str
    arguments: Mapping[str, Any]


def judged(verdict: Any, name: str) -> tuple[bool, str]:
    """Read what a predicate said of a call: whether it may run, and for the model why not."""
    if verdict is True:
        return True, ""
    if isinstance(verdict, str) and verdict:
        return False, f"the call of {name} was refused: {verdict}"
    return False, f"the call of {name} was refused"


def approval_question(agent_name: str, tool: Tool, arguments: Mapping[str, Any]) -> str:
    """Ask a human whether a call may run. All that is no plain character is shown escaped."""
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
    # What moves the cursor, or turns the direction of text, could show another call than this.
    text = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:_VALUE])
    return f"{text}... ({more} characters more)" if more > 0 else text


def read_approval(answer: str | None) -> tuple[bool, str]:
    """Read what a human answered: whether the call may run, and for the model why not.

    Only a plain yes lets it run. ``None`` stands for a console that is closed.
    """
    words = (answer or "").strip()
    plain = words.rstrip(".! ").lower()
    if plain in _YES:
        return True, ""
    if plain in _NO:
        return False, "a human refused the call"
    return False, f"a human refused the call: {words}"


def result_text(value: Any) -> str:
    """Write what a tool gave as text for the model: a str as it is, data as JSON."""
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        return value
    if value is None:
        return _DONE
    try:
        plain = _plain(value)
        return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    except (ValueError, RecursionError):  # it holds itself
        return str(value)


def _plain(value: Any) -> Any:
    """Make of a value what JSON has."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {_key(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    fields = _fields(value)
    return str(value) if fields is None else {name: _plain(fields[name]) for name in fields}


def _key(name: Any) -> str:
    plain = _plain(name)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _fields(value: Any) -> dict[str, Any] | None:
    """Give the fields of an instance of a class that declares them."""
    if isinstance(value, type):
        return None
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
    elif dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    elif hasattr(value, "model_dump"):
        return dict(value.model_dump(mode="json"))
    else:
        names = list(getattr(value, "__struct_fields__", ()))
        if not names:
            return None
    return {name: getattr(value, name) for name in names}
