"""`Tool`: a function that a model may call, its JSON schema, and the reading of its arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from agentcore.base.errors import ToolError
from agentcore.protocol.model_api import ToolSpec
from agentcore.tools.approval import Predicate, approval
from agentcore.tools.near_misses import fitting_arguments
from agentcore.tools.signature import Form, form_of

__all__ = ["Tool", "ToolLike", "ToolSource", "is_written"]

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _valid_name(tool: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ToolError(
            f"{value!r} is no name for a tool: it has 1 to 64 of the characters A-Z a-z 0-9 _ -; "
            "give another one with name="
        )


def _a_function(tool: Any, attribute: Any, value: Any) -> None:
    if not callable(value):
        raise ToolError(f"the tool {tool.name} calls a function, and {value!r} is none")


def is_written(function: Any) -> bool:
    """Return whether it is a Python function or method, whose signature describes the tool."""
    return inspect.isfunction(function) or inspect.ismethod(function)


@attrs.frozen
class Tool:
    """A function that a model may call.

    ``tools=`` takes plain functions and those decorated with ``@tool``, and makes tools of them.
    Make a `Tool` yourself of anything else that has a name, a JSON schema and a function, such as a
    tool of another framework.

    Attributes:
        name: the name that the model calls: 1 to 64 letters, digits, ``_`` and ``-``.
        description: what the tool does, for the model; if empty, the function's docstring.
        parameters: the JSON schema of the arguments, of type object. If ``None``, it is made from
            the function's annotations and docstring when it is first needed.
        function: called with keyword arguments; a ``def`` or an ``async def``.
        approve: who is asked before a call: ``None`` for nobody, ``True`` for a human, or a
            predicate that is given the `ToolRequest` and returns ``True``, ``False``, or the reason
            for a refusal as a str.

    Raises:
        ToolError: the name, the function or ``approve`` is not valid, or ``parameters`` is ``None``
            and the function has no annotations of its own.
    """

    name: str = attrs.field(validator=_valid_name)
    description: str
    parameters: Mapping[str, Any] | None
    function: Callable[..., Any] = attrs.field(validator=_a_function)
    approve: Literal[True] | Predicate | None = attrs.field(default=None, converter=approval)

    def __attrs_post_init__(self) -> None:
        if self.parameters is None and not is_written(self.function):
            raise ToolError(
                f"the tool {self.name} calls {self.function!r}, which has no annotations of its "
                "own: give its parameters, a JSON schema"
            )

    @property
    def is_async(self) -> bool:
        """Whether calling the function returns an awaitable."""
        call = getattr(type(self.function), "__call__", None)  # noqa: B004
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def spec(self) -> ToolSpec:
        """Return the name, description and schema that the model is given.

        Raises:
            ToolError: a parameter's type has no JSON schema.
            ExtraMissingError: the schema is to be made, and the extra ``tools`` is not installed.
        """
        if self.parameters is not None:
            text = self.description or inspect.cleandoc(self.function.__doc__ or "")
            return ToolSpec(self.name, text, self.parameters)
        form = self._form()
        return ToolSpec(self.name, self.description or form.description, form.schema)

    def read(self, arguments: str) -> dict[str, Any]:
        """Check the arguments of a call, and convert them to the annotated types.

        What nearly fits is mended where only one thing can be meant, as a number given as a text.

        Args:
            arguments: JSON text, as the model wrote it; empty for no arguments.

        Returns:
            the arguments by the names of their parameters.

        Raises:
            ValueError: the arguments do not fit the schema; the text is meant for the model.
            ToolError, ExtraMissingError: as `spec` does; checking needs the extra ``tools``, too.
        """
        value = self.fitting(arguments)
        if self.parameters is not None:
            return value
        try:
            return self._form().read(value)
        except ValueError as error:
            raise self._misfit(error) from error

    def fitting(self, arguments: str) -> dict[str, Any]:
        """Return the arguments of a call as JSON values that fit the schema; raises as `read`."""
        schema = self._form().schema if self.parameters is None else self.parameters
        try:
            return fitting_arguments(arguments, schema, self.name)
        except ValueError as error:
            raise self._misfit(error) from error

    def _misfit(self, error: ValueError) -> ValueError:
        return ValueError(f"the arguments of {self.name} do not fit: {error}")

    def _form(self) -> Form:
        return form_of(self.function, self.name)


# What stands for one tool: `as_tool` makes a `Tool` of a function or a method.
ToolLike: TypeAlias = Tool | Callable[..., Any]


class ToolSource(Protocol):
    """Something that is asked for its tools at each turn, such as an MCP server."""

    async def tools(self) -> Iterable[ToolLike]:
        """Give the tools as they are now."""
        raise NotImplementedError
