"""A tool: what a model is told of a function, and how its arguments are read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from agentcore.base.errors import ToolError
from agentcore.models import ToolSpec
from agentcore.tools.json_text import json_value, objection
from agentcore.tools.signature import Form, form_of

__all__ = ["Tool", "approval", "is_written"]

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def approval(value: Any) -> Any:
    """Read ``approve=``: ``None`` for nobody, ``True`` for a human, or a predicate."""
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


def is_written(function: Any) -> bool:
    """Whether it is a function or a method, with a signature of its own."""
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
    approve: Any = attrs.field(default=None, converter=approval)

    def __attrs_post_init__(self) -> None:
        if self.parameters is None and not is_written(self.function):
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
            value = json_value(arguments) if arguments.strip() else {}
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
