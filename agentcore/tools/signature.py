"""The parameters of a tool, from the signature and docstring of its function."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from agentcore.base.errors import ToolError
from agentcore.base.extras import import_extra
from agentcore.tools.schema import convert, schemas_of

__all__ = ["Form", "check_signature", "form_of"]

_PLAIN = (bool, int, float, str)


@attrs.frozen
class Form:
    """The parameters of a function that is a tool.

    Attributes:
        description: the docstring's description of the function.
        types: the types of the parameters, by name.
        schema: the JSON schema of the parameters, of type object. It is cached: do not change it.
    """

    description: str
    types: Mapping[str, Any]
    schema: Mapping[str, Any]

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Convert the values of a JSON object to the types of the parameters.

        Raises:
            ValueError: a value cannot be converted.
        """
        return {name: convert(value, self.types[name], name) for name, value in values.items()}


_CHECKED: WeakKeyDictionary[Any, dict[str, inspect.Parameter]] = WeakKeyDictionary()


def check_signature(function: Callable[..., Any], name: str) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function by name, without ``self``.

    Args:
        function: the function, or a method.
        name: the tool's name, for errors.

    Raises:
        ToolError: a parameter cannot be given by name, or has neither annotation nor default.
    """
    key = getattr(function, "__func__", function)
    known = _CHECKED.get(key)
    if known is None:
        known = _CHECKED[key] = _checked(function, name)
    return known


def _checked(function: Callable[..., Any], name: str) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(function).parameters)
    first = next(iter(parameters), "")
    if first in ("self", "cls"):  # a method that is not bound yet
        del parameters[first]
    for parameter in parameters.values():
        where = f"the parameter {parameter.name} of the tool {name}"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ToolError(
                f"{where} takes any number of arguments, and a model is to know each by its name: "
                "name them, or make a Tool with parameters of your own"
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ToolError(f"{where} is positional-only, and a model gives arguments by name")
        if parameter.annotation is parameter.empty and parameter.default is parameter.empty:
            raise ToolError(f"{where} has neither an annotation nor a default; annotate it")
    return parameters


# Keyed by the function and not the bound method, so that all agents of a class share a form.
_KNOWN: WeakKeyDictionary[Any, Form] = WeakKeyDictionary()


def form_of(function: Callable[..., Any], name: str) -> Form:
    """Return the form of a function; the first call makes it.

    Raises:
        ToolError: an annotation cannot be resolved, or is a type that has no JSON schema.
        ExtraMissingError: the extra ``tools`` is not installed.
    """
    key = getattr(function, "__func__", function)
    form = _KNOWN.get(key)
    if form is None:
        form = _KNOWN[key] = _make(function, name)
    return form


def _make(function: Callable[..., Any], name: str) -> Form:
    description, words = _docstring(function)
    parameters = check_signature(function, name)
    types = _types(function, parameters, name)
    whats = [f"the parameter {each} of the tool {name}" for each in types]
    schemas, definitions = schemas_of(list(types.values()), whats)
    properties = {}
    for parameter, schema in zip(parameters.values(), schemas, strict=True):
        if parameter.name in words:
            schema.setdefault("description", words[parameter.name])
        if parameter.default is not parameter.empty:
            _keep_default(schema, parameter.default)
        properties[parameter.name] = schema
    required = [each.name for each in parameters.values() if each.default is each.empty]
    whole: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        whole["required"] = required
    whole["additionalProperties"] = False
    if definitions:
        whole["$defs"] = definitions
    return Form(description, types, whole)


def _docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return a docstring's description of the function, and of each parameter by name."""
    text = inspect.cleandoc(function.__doc__ or "")
    parsed = import_extra("docstring_parser", "tools", "the schema of a tool").parse(text)
    said = [parsed.short_description, parsed.long_description]
    words = {each.arg_name: each.description for each in parsed.params if each.description}
    return "\n\n".join(filter(None, said)), words


def _types(
    function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter], name: str
) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    except NameError as error:
        raise ToolError(
            f"an annotation of the tool {name} names {error.name!r}, which its module does not "
            "have when it runs: import or define it at the top level, not under TYPE_CHECKING"
        ) from error
    return {
        each.name: _annotated_text(hints.get(each.name, _type_of_default(each.default)))
        for each in parameters.values()
    }


def _type_of_default(default: Any) -> Any:
    return type(default) if type(default) in _PLAIN else Any


def _annotated_text(type_: Any) -> Any:
    """Turn the text of ``Annotated[T, "text"]`` into the metadata that msgspec reads."""
    texts = [each for each in getattr(type_, "__metadata__", ()) if isinstance(each, str)]
    if not texts:
        return type_
    meta = import_extra("msgspec", "tools", "the schema of a tool").Meta(description=texts[0])
    return typing.Annotated[type_, meta]


def _keep_default(schema: dict[str, Any], default: Any) -> None:
    msgspec = import_extra("msgspec", "tools", "the schema of a tool")
    try:
        schema["default"] = json.loads(msgspec.json.encode(default))
    except (TypeError, ValueError):
        return  # a default without JSON is left out of the schema; the function still has it
