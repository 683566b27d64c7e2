"""The JSON schema of a type, and the reading of its values from a model's text.

msgspec handles the types: builtin and typing ones, enums, attrs classes, dataclasses, TypedDict,
NamedTuple and its own Structs. Pydantic models, alone or within any of these, bring their own
schema and validation. pydantic itself was not taken for all types, because importing it takes
several times as long, and it does not support attrs classes.
"""

from __future__ import annotations

import copy
import functools
import json
import operator
import re
import types
from collections.abc import Callable, Sequence
from typing import Any, Final, Union, get_args, get_origin

import attrs

from agentcore.base.errors import ToolError
from agentcore.base.extras import import_extra
from agentcore.base.json_text import json_values
from agentcore.protocol.model_api import Output
from agentcore.tools.near_misses import settled
from agentcore.tools.objection import objection
from agentcore.tools.schema_tidy import DEFS, tidied, used_definitions

__all__ = ["convert", "output_for", "read_value", "schema_of", "schemas_of", "type_name"]

_WRAP: Final = "value"


def schema_of(type_: Any, what: str = "") -> dict[str, Any]:
    """Return the JSON schema of a type.

    The schema is of type object, as providers require: another type is wrapped as
    ``{"value": ...}``. The schemas of classes allow no further properties.

    Args:
        type_: the type.
        what: what has this type, for the error, as ``the parameter x of the tool f``.

    Raises:
        ToolError: the type, or a part of it, has no JSON schema.
        ExtraMissingError: msgspec is not installed.
    """
    return copy.deepcopy(_form(type_, what).schema)


def output_for(type_: Any, what: str = "") -> Output:
    """Return the `Output` to ask a model for, so that its answer can be read as a type.

    Raises:
        ToolError, ExtraMissingError: as `schema_of` does.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", type_name(type_)).strip("_")[:64]
    return Output(name or "answer", schema_of(type_, what))


def read_value(text: str, type_: Any, what: str = "") -> Any:
    """Read a value of a type from a model's text: JSON, also in a code fence or amid prose.

    Of several values, the last that fits is taken. Values are not coerced: ``"1"`` is not accepted
    as an int. Only an int is accepted as a float, and ``1.0`` as an int.

    Raises:
        ValueError: there is no such value; the text, with the path, is meant for the model.
        ToolError, ExtraMissingError: as `schema_of` does.
    """
    form = _form(type_, what)
    errors = []
    for found in reversed(list(json_values(text))):  # what was considered first is no answer yet
        try:
            return form.read(found)
        except ValueError as error:
            errors.append((not isinstance(found, dict), error))
    # If several values were found and none fits, the error is about an object, if there is one.
    raise min(errors, key=operator.itemgetter(0))[1]


def type_name(type_: Any) -> str:
    """Return the name of a type as it is written in code, without modules."""
    return type_.__name__ if isinstance(type_, type) and not get_args(type_) else _brief(type_)


def _brief(type_: Any) -> str:
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(type_))  # without the modules


# --- schemas -----------------------------------------------------------------------------------


@attrs.frozen
class _Form:
    """A type and its schema."""

    type_: Any
    schema: dict[str, Any]
    wrapped: bool

    def read(self, found: Any) -> Any:
        schema = self.schema
        wrong = objection(found, schema)
        if not wrong:
            found = settled(found, schema)
            if self.wrapped:
                return convert(found[_WRAP], self.type_, f"$.{_WRAP}")
            return convert(found, self.type_)
        # Models whose output is not constrained often give the value without the wrapper.
        if not self.wrapped:
            raise ValueError(wrong)
        inner = {**schema["properties"][_WRAP], "$defs": schema.get("$defs", {})}
        if objection(found, inner):
            raise ValueError(wrong)
        return convert(settled(found, inner), self.type_)


def _form(type_: Any, what: str) -> _Form:
    try:
        return _known_form(type_)
    except TypeError as error:
        if isinstance(error, ToolError) and not what:
            raise
        return _make_form(type_, what)  # the type cannot be hashed, or the error must name `what`


def _make_form(type_: Any, what: str) -> _Form:
    (schema,), definitions = schemas_of([type_], [what])
    root = definitions.get(str(schema.get("$ref", "")).removeprefix(DEFS), schema)
    wrapped = root.get("type") != "object"
    if wrapped:
        root = {
            "type": "object",
            "properties": {_WRAP: schema},
            "required": [_WRAP],
            "additionalProperties": False,
        }
    used = used_definitions(root, definitions)
    whole = {**root, "$defs": used} if used else root
    return _Form(type_, whole, wrapped)


@functools.lru_cache(maxsize=1000)
def _known_form(type_: Any) -> _Form:
    return _make_form(type_, "")


def schemas_of(
    types_: Sequence[Any], whats: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the schemas of types, and the definitions that they share.

    Args:
        types_: the types.
        whats: for each type what has it, for errors; may be empty.

    Raises:
        ToolError, ExtraMissingError: as `schema_of` does.
    """
    msgspec = import_extra("msgspec", "tools", "the JSON schema of a type")
    models: dict[str, Any] = {}
    hook = functools.partial(_model_schema, models)
    parts: list[Any] = []
    counts: list[int] = []
    for type_, what in zip(types_, whats, strict=True):
        alternatives = _alternatives(type_)
        for each in alternatives:
            _check(msgspec, each, hook, what)
        parts.extend(alternatives)
        counts.append(len(alternatives))
    found, definitions = msgspec.json.schema_components(
        parts, schema_hook=hook, ref_template=DEFS + "{name}"
    )
    schemas, found = [], list(found)
    for count in counts:
        mine, found = found[:count], found[count:]
        schemas.append(mine[0] if count == 1 else {"anyOf": mine})
    return tidied(schemas, {**definitions, **models})


def _check(msgspec: Any, type_: Any, hook: Callable[[type], dict[str, Any]], what: str) -> None:
    try:
        msgspec.json.schema(type_, schema_hook=hook)
    except Exception as error:  # the metaclass or annotations of a user's class may raise anything
        reason = str(error).splitlines()[-1] if str(error) else type(error).__name__
        name = type_name(type_)
        subject = f"{what} has the type {name}, which" if what else f"the type {name}"
        raise ToolError(f"{subject} has no JSON schema: {reason}") from error


def _alternatives(type_: Any) -> tuple[Any, ...]:
    """Split a union that msgspec does not support, such as one of two attrs classes."""
    if get_origin(type_) not in (Union, types.UnionType):
        return (type_,)
    msgspec = import_extra("msgspec", "tools", "the JSON schema of a type")
    try:
        msgspec.convert(None, type_, dec_hook=_read_model)
    except msgspec.ValidationError:
        return (type_,)
    except TypeError:
        return get_args(type_)
    return (type_,)


def _is_model(type_: Any) -> bool:
    return hasattr(type_, "model_json_schema") and hasattr(type_, "model_validate_json")


def _model_schema(models: dict[str, Any], type_: Any) -> dict[str, Any]:
    """Return the schema that a pydantic model has of itself; collect its definitions."""
    if not _is_model(type_):
        raise NotImplementedError
    prefix = f"{type_.__module__}.{type_.__qualname__}."
    schema = type_.model_json_schema(ref_template=DEFS + prefix + "{model}")
    for name, definition in schema.pop("$defs", {}).items():
        models[prefix + name] = definition
    reference = str(schema.get("$ref", "")).removeprefix(DEFS)
    if reference in models:
        return {"$ref": DEFS + reference}
    models[prefix + type_.__name__] = schema
    return {"$ref": DEFS + prefix + type_.__name__}


# --- values ------------------------------------------------------------------------------------


def convert(value: Any, type_: Any, path: str = "$") -> Any:
    """Convert a value that `json` returned to a type.

    Args:
        value: the value.
        type_: the type.
        path: the place of the value, for errors.

    Raises:
        ValueError: it cannot be converted; the text is meant for the model.
    """
    msgspec = import_extra("msgspec", "tools", "reading a value of a type")
    reasons = []
    for each in _alternatives(type_):
        try:
            return msgspec.convert(value, each, dec_hook=_read_model, str_keys=True)
        except msgspec.ValidationError as error:
            reasons.append(_in_words(str(error), path))
        except Exception as error:  # a user's class may raise anything
            kind = type(error).__name__
            reasons.append(f"{path}: {type_name(each)} cannot be made of it: {kind}: {error}")
    raise ValueError("; or ".join(reasons))


def _in_words(text: str, path: str) -> str:
    reason, at, where = text.rpartition(" - at `$")
    if not at:
        reason, where = text, ""
    return f"{path}{where.removesuffix('`')}: {reason}"


def _read_model(type_: Any, value: Any) -> Any:
    if not _is_model(type_):
        raise NotImplementedError(f"{type_name(type_)} cannot be read from JSON")
    try:
        # From JSON text, because in strict mode pydantic takes a date from a JSON string, but not
        # from a Python str.
        return type_.model_validate_json(json.dumps(value), strict=True)
    except ValueError as error:
        if not hasattr(error, "errors"):
            raise
        raise ValueError("; ".join(map(_model_error, error.errors()))) from error


def _model_error(error: dict[str, Any]) -> str:
    where = ".".join(map(str, error.get("loc", ())))
    return f"{where}: {error['msg']}" if where else str(error["msg"])
