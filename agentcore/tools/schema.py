"""The JSON schema of a type, and the reading of its values from a model's text.

msgspec handles the types: builtin and typing ones, enums, attrs classes, dataclasses, TypedDict,
NamedTuple and its own Structs. Pydantic models, alone or within any of these, bring their own
schema and validation, and a type with annotations of pydantic is pydantic's as a whole. It was not
taken for all types, because importing it takes several times as long, and it does not support attrs
classes.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import attrs

from agentcore.base.error_words import text_of
from agentcore.base.errors import ToolError
from agentcore.base.extras import import_extra
from agentcore.base.json_text import json_values
from agentcore.base.written_json import read_nearly
from agentcore.protocol.model_api import Output
from agentcore.tools.bare_values import bare_values
from agentcore.tools.conversion import alternatives_of, convert, made_of_text, type_name
from agentcore.tools.near_misses import settled
from agentcore.tools.objection import objection
from agentcore.tools.pydantic_types import adapter_of, model_schema, type_schema
from agentcore.tools.schema_tidy import DEFS, tidied, used_definitions

__all__ = ["output_for", "read_value", "schema_of", "schemas_of", "type_name"]

_WRAP: Final = "value"
_ENCODED: Final = 3  # how often an answer may have been encoded as a text


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
    as an int. Only an int is accepted as a float, and ``1.0`` as an int. Where no JSON fits, an
    object or array that is nearly JSON is read, and a bare word or number for a scalar.

    Raises:
        ValueError: there is no such value; the text, with the path, is meant for the model.
        ToolError, ExtraMissingError: as `schema_of` does.
    """
    form = _form(type_, what)
    try:
        return _last_that_fits(text, form)
    except ValueError as error:
        reason = error
    for found in _nearly(text, form):
        with contextlib.suppress(ValueError):
            return form.read(found)
    raise reason


def _last_that_fits(text: str, form: _Form) -> Any:
    errors = []
    for found in reversed(list(json_values(text))):  # what was considered first is no answer yet
        try:
            return form.read(found)
        except ValueError as error:
            errors.append((not isinstance(found, dict), error))
    # If several values were found and none fits, the error is about an object, if there is one.
    raise min(errors, key=operator.itemgetter(0))[1]


def _nearly(text: str, form: _Form) -> Iterator[Any]:
    """Yield what a text that is not JSON, or encoded as a text, may be meant as."""
    inner = form.inner()
    if inner is not None:
        yield from bare_values(text, inner)
    for _ in range(_ENCODED):
        try:
            value = read_nearly(text)
        except ValueError:
            return
        if not isinstance(value, str):
            yield value
            return
        text = value


# --- schemas -----------------------------------------------------------------------------------


@attrs.frozen
class _Form:
    """A type and its schema."""

    type_: Any
    schema: dict[str, Any]
    wrapped: bool

    def inner(self) -> dict[str, Any] | None:
        """The schema of a value that stands in ``value``; ``None`` if it is an object itself."""
        if not self.wrapped:
            return None
        return {**self.schema["properties"][_WRAP], "$defs": self.schema.get("$defs", {})}

    def read(self, found: Any) -> Any:
        schema = self.schema
        wrong = objection(found, schema)
        if not wrong:
            found = settled(found, schema)
            if self.wrapped:
                return convert(found[_WRAP], self.type_, f"$.{_WRAP}")
            return convert(found, self.type_)
        # Models whose output is not constrained often give the value without the wrapper.
        inner = self.inner()
        if inner is None or objection(found, inner):
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
    hook = functools.partial(_schema, models)
    parts: list[Any] = []
    counts: list[int] = []
    given: dict[int, dict[str, Any]] = {}  # by pydantic, by the place of the type
    for place, (type_, what) in enumerate(zip(types_, whats, strict=True)):
        adapter = adapter_of(type_)
        if adapter is not None:
            given[place] = _by_adapter(models, adapter, place, type_, what)
        alternatives = () if place in given else alternatives_of(type_)
        for each in alternatives:
            _check(msgspec, each, hook, what)
        parts.extend(alternatives)
        counts.append(len(alternatives))
    found, definitions = msgspec.json.schema_components(
        parts, schema_hook=hook, ref_template=DEFS + "{name}"
    )
    schemas, found = [], list(found)
    for place, count in enumerate(counts):
        mine, found = found[:count], found[count:]
        union = {"anyOf": mine} if count != 1 else mine[0]
        schemas.append(given.get(place, union))
    return tidied(schemas, {**definitions, **models})


def _check(msgspec: Any, type_: Any, hook: Callable[[type], dict[str, Any]], what: str) -> None:
    try:
        msgspec.json.schema(type_, schema_hook=hook)
    except Exception as error:  # the metaclass or annotations of a user's class may raise anything
        raise _no_schema(type_, what, error) from error


def _no_schema(type_: Any, what: str, error: Exception) -> ToolError:
    reason = (text_of(error).splitlines() or [type(error).__name__])[-1]
    name = type_name(type_)
    subject = f"{what} has the type {name}, which" if what else f"the type {name}"
    return ToolError(f"{subject} has no JSON schema: {reason}")


def _by_adapter(
    models: dict[str, Any], adapter: Any, place: int, type_: Any, what: str
) -> dict[str, Any]:
    try:
        return type_schema(models, adapter, place)
    except Exception as error:  # pydantic can read the type, but not describe it
        raise _no_schema(type_, what, error) from error


def _schema(models: dict[str, Any], type_: Any) -> dict[str, Any]:
    """Give the schema of a type that msgspec does not know."""
    return {"type": "string"} if made_of_text(type_) else model_schema(models, type_)
