"""The parameters of a tool, from the signature and docstring of its function."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from agentcore.base.errors import ToolError
from agentcore.base.extras import import_extra
from agentcore.tools.conversion import convert, json_of
from agentcore.tools.pydantic_types import adapter_of, field_in
from agentcore.tools.schema import schemas_of

__all__ = ["Form", "check_signature", "form_of"]

_PLAIN = (bool, int, float, str)


@attrs.frozen
class Form:
    """The parameters of a function that is a tool.

    Attributes:
        description: the docstring's description of the function.
        types: the types of the parameters, by name.
        schema: the JSON schema of the parameters, of type object. It is cached: do not change it.
        fields: pydantic's ``Field`` of the parameters that have it as their default. It is no
            value for the function, which has to be given the default that the field has.
    """

    description: str
    types: Mapping[str, Any]
    schema: Mapping[str, Any]
    fields: Mapping[str, Any]

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Convert the values of a JSON object to the types of the parameters.

        Raises:
            ValueError: a value cannot be converted.
        """
        read = {name: convert(value, self.types[name], name) for name, value in values.items()}
        for name, field in self.fields.items():
            if name not in read:
                read[name] = field.get_default(call_default_factory=True)
        return read


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
    fields = {
        each.name: each.default
        for each in parameters.values()
        if field_in([each.default]) is not None
    }
    whats = [f"the parameter {each} of the tool {name}" for each in types]
    schemas, definitions = schemas_of(list(types.values()), whats)
    properties = {}
    for parameter, schema in zip(parameters.values(), schemas, strict=True):
        if parameter.name in words:
            schema.setdefault("description", words[parameter.name])
        if not _is_required(parameter) and parameter.name not in fields:
            _keep_default(schema, parameter.default)
        properties[parameter.name] = schema
    required = [each.name for each in parameters.values() if _is_required(each)]
    whole: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        whole["required"] = required
    whole["additionalProperties"] = False
    if definitions:
        whole["$defs"] = definitions
    return Form(description, types, whole, fields)


def _is_required(parameter: inspect.Parameter) -> bool:
    field = field_in([parameter.default])
    return parameter.default is parameter.empty if field is None else field.is_required()


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
    types = {}
    for each in parameters.values():
        type_ = hints.get(each.name, _type_of_default(each.default))
        if field_in([each.default]) is not None:
            type_ = typing.Annotated[type_, each.default]
        types[each.name] = _annotated_text(type_)
    return types


def _type_of_default(default: Any) -> Any:
    return type(default) if type(default) in _PLAIN else Any


def _annotated_text(type_: Any) -> Any:
    """Turn the text of ``Annotated[T, "text"]`` into the metadata that msgspec reads.

    So is the description of a ``Field`` of a type that pydantic cannot read.
    """
    metadata = getattr(type_, "__metadata__", ())
    texts = [each for each in metadata if isinstance(each, str)]
    field = field_in(metadata)
    if field is not None and field.description and adapter_of(type_) is None:
        texts.append(field.description)
    if not texts:
        return type_
    meta = import_extra("msgspec", "tools", "the schema of a tool").Meta(description=texts[0])
    return typing.Annotated[type_, meta]


def _keep_default(schema: dict[str, Any], default: Any) -> None:
    try:
        schema["default"] = json_of(default)
    except (TypeError, ValueError):
        return  # a default without JSON is left out of the schema; the function still has it
