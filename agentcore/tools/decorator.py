"""The decorator ``@tool``, and the tools of a class, an agent or a list."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Container, Iterable
from typing import Any, Final, TypeVar, overload
from weakref import WeakKeyDictionary

import attrs

from agentcore.base.annotations import settle_annotations
from agentcore.base.errors import ToolError
from agentcore.tools.approval import (
    Approval,
    ToolRequest,
    approval_question,
    judged,
    read_approval,
)
from agentcore.tools.signature import check_signature
from agentcore.tools.tool import Tool, ToolLike, is_written

__all__ = [
    "Tool",
    "ToolRequest",
    "approval_question",
    "as_tool",
    "bound_tools",
    "judged",
    "read_approval",
    "tool",
    "tools_of_class",
    "warn_if_undescribed",
]

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "__agentcore_tool__"


@attrs.frozen
class _Mark:
    """The arguments of ``@tool``, kept as the function's attribute ``__agentcore_tool__``."""

    name: str
    description: str = ""
    approve: Approval = None


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, approve: Approval = None
) -> Callable[[F], F]: ...
def tool(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    approve: Approval = None,
) -> Any:
    """Let models call a function, or a method of an agent.

    The function itself stays unchanged. The model is given its name, the docstring's description of
    it and of its arguments, and a JSON schema made from its annotations::

        @tool
        def weather(city: str, days: int = 1) -> str:
            \"\"\"Say what the weather will be.

            Args:
                city: its name, in English.
                days: how many days, from today.
            \"\"\"

    Args:
        function: the function, when ``@tool`` is written without parentheses.
        name: the tool's name; by default the function's.
        description: the tool's description; by default the docstring's.
        approve: who is asked before a call: ``True`` or ``"human"`` for a human, or a predicate
            that is given the `ToolRequest` and returns ``True``, ``False``, or the reason for a
            refusal as a str.

    Raises:
        ToolError: a parameter has neither an annotation nor a default, or cannot be given by name,
            or the name is not valid for a tool.
    """

    def decorate(made: Any) -> Any:
        if isinstance(made, staticmethod | classmethod):
            kind = type(made).__name__
            raise ToolError(f"@tool decorates plain functions: write @{kind} above it, not below")
        if not inspect.isfunction(made):
            raise ToolError(f"@tool decorates plain functions, and {made!r} is none: make a Tool")
        mark = _Mark(name or made.__name__, description or "", approve)
        # It raises now, at the definition, if the function cannot be a tool.
        warn_if_undescribed(_unbound(made, mark))
        settle_annotations(made)
        setattr(made, _MARK, mark)
        return made

    return decorate if function is None else decorate(function)


def _unbound(function: Callable[..., Any], mark: _Mark) -> Tool:
    made = Tool(mark.name, mark.description, None, function, mark.approve)
    check_signature(function, made.name)
    return made


def warn_if_undescribed(tool: Tool) -> None:
    """Warn of a tool that says nothing of what it does: a model can only guess by its name."""
    if tool.description or (getattr(tool.function, "__doc__", None) or "").strip():
        return
    warnings.warn(
        f"the tool {tool.name} has no description: give its function a docstring, or say "
        "description=, since a model knows nothing else of it",
        UserWarning,
        stacklevel=2,
    )


def as_tool(value: ToolLike) -> Tool:
    """Return the tool that a value stands for.

    Args:
        value: a `Tool`, a function with ``@tool`` or a plain one, or a bound method.

    Raises:
        ToolError: it is none of these, or the function's signature cannot be that of a tool.
    """
    if isinstance(value, Tool):
        return value
    if inspect.isfunction(value) and next(iter(inspect.signature(value).parameters), "") == "self":
        raise ToolError(
            f"{value.__qualname__} is a method: give that of an agent, as in agent.{value.__name__}"
        )
    if not is_written(value):
        raise ToolError(
            "a tool is a function, a method, or a Tool(name, description, parameters, function) "
            f"made of anything else, and {value!r} is none of them"
        )
    return _unbound(value, getattr(value, _MARK, None) or _Mark(value.__name__))


def tools_of_class(cls: type) -> tuple[str, ...]:
    """Return the names of a class's methods that are tools.

    Those of its bases come first, and otherwise they are in the order of definition. A method that
    overrides a tool takes that tool's place, and is a tool without another ``@tool``; an attribute
    ``name = None`` removes the tool.

    Raises:
        ToolError: two tools have the same name, or a method that overrides one cannot be a tool.
    """
    # Not cached: cloudpickle first makes a class that it loads by value, and then adds its methods.
    return tuple(_find_marks(cls))


# A cache, because each turn asks; its keys are weak, so that it keeps no class alive.
_KNOWN: WeakKeyDictionary[type, dict[str, _Mark]] = WeakKeyDictionary()


def _marks_of(cls: type) -> dict[str, _Mark]:
    known = _KNOWN.get(cls)
    if known is None:
        known = _KNOWN[cls] = _find_marks(cls)
    return known


def _find_marks(cls: type) -> dict[str, _Mark]:
    places: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if _mark_in(value) is not None:
                places[name] = None
    found = [name for name in places if getattr(cls, name, None) is not None]
    marks = {name: _nearest_mark(cls, name) for name in found}
    _named_once(_unbound(getattr(cls, name), mark) for name, mark in marks.items())
    return marks


def _mark_in(value: Any) -> _Mark | None:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    mark = getattr(value, _MARK, None) if inspect.isfunction(value) else None
    return mark if isinstance(mark, _Mark) else None


def _nearest_mark(cls: type, name: str) -> _Mark:
    marks = (_mark_in(vars(base).get(name)) for base in cls.__mro__)
    return next(mark for mark in marks if mark is not None)


def bound_tools(
    agent: Any, tools: Iterable[ToolLike] = (), removed: Container[str] = ()
) -> dict[str, Tool]:
    """Return the tools of an agent by name: those of its class, bound to it, then ``tools``.

    Args:
        agent: the agent.
        tools: further tools, each of a kind that `as_tool` takes.
        removed: names of tools of its class that are left out.

    Raises:
        ToolError: two tools have the same name, or `as_tool` refuses one.
    """
    marks = _marks_of(type(agent))
    own = [_unbound(getattr(agent, name), mark) for name, mark in marks.items()]
    kept = [each for each in own if each.name not in removed]
    return _named_once([*kept, *map(as_tool, tools)])


def _named_once(tools: Iterable[Tool]) -> dict[str, Tool]:
    found: dict[str, Tool] = {}
    for each in tools:
        if each.name in found:
            raise ToolError(f"two tools have the name {each.name!r}: give one another name=")
        found[each.name] = each
    return found
