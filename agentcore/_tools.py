"""Tools: functions that a model may ask to have called."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, overload
from weakref import WeakKeyDictionary

import attrs

from agentcore._json_text import json_values, objection
from agentcore._tool_form import Form, check_signature, form_of
from agentcore._tool_talk import (
    ToolRequest,
    approval_question,
    judged,
    read_approval,
    result_text,
)
from agentcore.errors import ToolError
from agentcore.models import ToolSpec

__all__ = [
    "Tool",
    "ToolRequest",
    "approval_question",
    "as_tool",
    "bound_tools",
    "judged",
    "read_approval",
    "result_text",
    "tool",
    "tools_of_class",
]

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "__agentcore_tool__"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _approval(value: Any) -> Any:
    if value is None or value is False:
        return None
    if value is True or value == "human":
        return True
    if callable(value):
        return value
    raise ToolError(f'approve= is True, "human" or a predicate of the call, not {value!r}')


def _valid_name(tool: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ToolError(
            f"{value!r} is no name for a tool: it has 1 to 64 of the characters A-Z a-z 0-9 _ -; "
            "give another one with name="
        )


def _a_function(tool: Any, attribute: Any, value: Any) -> None:
    if not callable(value):
        raise ToolError(f"the tool {tool.name} calls a function, and {value!r} is none")


def _is_written(function: Any) -> bool:
    return inspect.isfunction(function) or inspect.ismethod(function)


@attrs.frozen
class Tool:
    """What a model may ask to have called.

    ``@tool`` makes a function one, and a plain function does as it is. Make a `Tool` of your own of
    anything that has a name, a schema and a function: a tool of another framework, for example.

    Attributes:
        name: what the model calls it by: 1 to 64 letters, digits, ``_`` and ``-``.
        description: what it does, for the model; empty: what the function's docstring says.
        parameters: JSON schema of its arguments, an object; ``None``: made from the function's
            annotations and docstring when it is first needed.
        function: called with the arguments by their names; a ``def`` or an ``async def``.
        approve: who is asked before it runs: ``None``: nobody; ``True``: a human; else a
            predicate of the `ToolRequest`, which says ``True``, ``False``, or why not.

    Raises:
        ToolError: a part of it is none of these.
    """

    name: str = attrs.field(validator=_valid_name)
    description: str
    parameters: Mapping[str, Any] | None
    function: Callable[..., Any] = attrs.field(validator=_a_function)
    approve: Any = attrs.field(default=None, converter=_approval)

    def __attrs_post_init__(self) -> None:
        if self.parameters is None and not _is_written(self.function):
            raise ToolError(
                f"the tool {self.name} calls {self.function!r}, which has no annotations of its "
                "own: give its parameters, a JSON schema"
            )

    @property
    def is_async(self) -> bool:
        """Whether calling it gives an awaitable."""
        call = getattr(type(self.function), "__call__", None)  # noqa: B004
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def spec(self) -> ToolSpec:
        """Give what the model is told of it.

        Raises:
            ToolError: a parameter has a type that JSON cannot be read into.
            ExtraMissingError: the extra ``tools`` is not installed, and the schema is to be made.
        """
        if self.parameters is not None:
            text = self.description or inspect.cleandoc(self.function.__doc__ or "")
            return ToolSpec(self.name, text, self.parameters)
        form = self._form()
        return ToolSpec(self.name, self.description or form.description, form.schema)

    def read(self, arguments: str) -> dict[str, Any]:
        """Read the arguments of a call: checked, and converted to the annotated types.

        Args:
            arguments: JSON text, as the model wrote it; empty for none.

        Raises:
            ValueError: they do not fit; the words are for the model.
            ToolError, ExtraMissingError: as `spec` does.
        """
        form = None if self.parameters is not None else self._form()
        schema: Mapping[str, Any] = self.parameters if form is None else form.schema  # type: ignore[assignment]
        try:
            value = next(json_values(arguments)) if arguments.strip() else {}
            wrong = objection(value, schema, schema.get("$defs", {}), "arguments")
            if wrong is None and not isinstance(value, dict):
                wrong = "arguments must be an object"
            if wrong is not None:
                raise ValueError(wrong)
            return value if form is None else form.read(value)
        except ValueError as error:
            raise ValueError(f"the arguments of {self.name} do not fit: {error}") from error

    def _form(self) -> Form:
        return form_of(self.function, self.name)


@attrs.frozen
class _Mark:
    """What ``@tool`` was told of a function: its attribute ``__agentcore_tool__``."""

    name: str
    description: str = ""
    approve: Any = None


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, approve: Any = None
) -> Callable[[F], F]: ...
def tool(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    approve: Any = None,
) -> Any:
    """Let models call a function, or a method of an agent.

    It stays the function that it is. The model is told its name, what its docstring says of it and
    of its arguments, and a JSON schema made from its annotations::

        @tool
        def weather(city: str, days: int = 1) -> str:
            \"\"\"Say what the weather will be.

            Args:
                city: its name, in English.
                days: how many of them, from today.
            \"\"\"

    Args:
        name: instead of the function's own.
        description: instead of the docstring's.
        approve: who is asked before it runs: ``True`` or ``"human"``, or a predicate of the
            `ToolRequest`, which says ``True``, ``False``, or why not.

    Raises:
        ToolError: it cannot be one: a parameter has neither annotation nor default, or cannot be
            given by its name, or the name is none for a tool.
    """

    def decorate(made: Any) -> Any:
        if isinstance(made, staticmethod | classmethod):
            kind = type(made).__name__
            raise ToolError(f"@tool decorates plain functions: write @{kind} above it, not below")
        if not inspect.isfunction(made):
            raise ToolError(f"@tool decorates plain functions, and {made!r} is none: make a Tool")
        mark = _Mark(name or made.__name__, description or "", approve)
        _unbound(made, mark)  # says now what is wrong with it
        setattr(made, _MARK, mark)
        return made

    return decorate if function is None else decorate(function)


def _unbound(function: Callable[..., Any], mark: _Mark) -> Tool:
    made = Tool(mark.name, mark.description, None, function, mark.approve)
    check_signature(function, made.name)
    return made


def as_tool(value: Any) -> Tool:
    """Make a tool of whatever can be one.

    Args:
        value: a `Tool`, a function with ``@tool`` or a plain one, or a bound method.

    Raises:
        ToolError: it is none of these, or a function that cannot be a tool as it is written.
    """
    if isinstance(value, Tool):
        return value
    if inspect.isfunction(value) and next(iter(inspect.signature(value).parameters), "") == "self":
        raise ToolError(
            f"{value.__qualname__} is a method: give that of an agent, as in agent.{value.__name__}"
        )
    if not _is_written(value):
        raise ToolError(
            "a tool is a function, a method, or a Tool(name, description, parameters, function) "
            f"made of anything else, and {value!r} is none of them"
        )
    return _unbound(value, getattr(value, _MARK, None) or _Mark(value.__name__))


def tools_of_class(cls: type) -> tuple[str, ...]:
    """Give the names of the methods of a class that are tools, those of its bases first.

    Otherwise the order is that of definition. An overridden method keeps the place that it has in
    the base, and stays a tool without another ``@tool``; ``name = None`` takes it away.

    Raises:
        ToolError: two have the same name, or one that overrides a tool cannot be one.
    """
    return tuple(_marks_of(cls))


# Asked at each turn; by the class itself, so that classes may go.
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


def bound_tools(agent: Any, tools: Iterable[Any] = ()) -> dict[str, Tool]:
    """Give the tools of an agent by their names: those of its class, then those given.

    Args:
        tools: whatever `as_tool` takes.

    Raises:
        ToolError: two have the same name, or one is no tool.
    """
    marks = _marks_of(type(agent))
    own = [_unbound(getattr(agent, name), mark) for name, mark in marks.items()]
    return _named_once([*own, *map(as_tool, tools)])


def _named_once(tools: Iterable[Tool]) -> dict[str, Tool]:
    found: dict[str, Tool] = {}
    for each in tools:
        if each.name in found:
            raise ToolError(f"two tools have the name {each.name!r}: give one another name=")
        found[each.name] = each
    return found
