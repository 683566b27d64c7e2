"""Types that are pydantic's to describe and to read: models, and what has its metadata.

pydantic is not imported here: a type that is its own exists only where somebody has imported it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import sys
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, Union, get_args, get_origin

from agentcore.tools.schema_tidy import DEFS

__all__ = [
    "adapter_of",
    "field_in",
    "is_model",
    "model_schema",
    "read_by_adapter",
    "read_model",
    "type_schema",
]

_NOT_REQUIRED: Final[Any] = typing.NotRequired
_REQUIRED: Final[Any] = typing.Required
_METADATA: Final = ("annotated_types", "pydantic", "pydantic_core")


def is_model(type_: Any) -> bool:
    """Return whether a type is a pydantic model."""
    return hasattr(type_, "model_json_schema") and hasattr(type_, "model_validate_json")


def model_schema(models: dict[str, Any], type_: Any) -> dict[str, Any]:
    """Return the schema that a pydantic model has of itself.

    Args:
        models: collects the schema's definitions, by full names.
        type_: a type.

    Raises:
        NotImplementedError: the type is no model.
    """
    if not is_model(type_):
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


def read_model(type_: Any, value: Any) -> Any:
    """Make a model of a value that `json` returned.

    Raises:
        ValueError: it is not valid; the text is meant for the model that wrote it.
    """
    return _valid(type_.model_validate_json, value)


def field_in(values: Iterable[Any]) -> Any:
    """Return the first of some values that is made by pydantic's ``Field``, or ``None``."""
    if "pydantic" not in sys.modules:
        return None
    kind = sys.modules["pydantic"].fields.FieldInfo
    return next((value for value in values if isinstance(value, kind)), None)


def adapter_of(type_: Any) -> Any:
    """Return pydantic's adapter of a type that has something of pydantic in it, but is no model.

    That is a type with `Field` or another of pydantic's annotations, a discriminated union, a union
    of models, one of pydantic's dataclasses or constrained types, and what has such a part.

    Returns:
        the adapter; ``None`` if the type has nothing of pydantic, or if pydantic cannot read it.
    """
    if "pydantic" not in sys.modules or is_model(type_):
        return None
    try:
        return _known_adapter(type_)
    except TypeError:  # it cannot be hashed, as Literal of a list
        return _adapter(type_)


@functools.lru_cache(maxsize=1000)
def _known_adapter(type_: Any) -> Any:
    return _adapter(type_)


def _adapter(type_: Any) -> Any:
    if not any(_is_special(part) for part in _parts(type_, {})):
        return None
    adapter = sys.modules["pydantic"].TypeAdapter
    with contextlib.suppress(Exception):  # a part that pydantic does not know, as an attrs class
        return adapter(type_)
    with contextlib.suppress(Exception):
        return adapter(_with_new_dicts(type_))
    return None


def _with_new_dicts(type_: Any) -> Any:
    """Return a type with the TypedDicts of typing_extensions: before 3.12 pydantic takes no other.

    The package is there, because pydantic needs it.
    """
    if typing.is_typeddict(type_):
        fields = {}
        for name, hint in typing.get_type_hints(type_, include_extras=True).items():
            # The class itself does not know of NotRequired in an annotation that is a text.
            known = get_origin(hint)
            optional = known is _NOT_REQUIRED or name in type_.__optional_keys__
            inner = _with_new_dicts(hint)
            fields[name] = _NOT_REQUIRED[inner] if optional and known is not _REQUIRED else inner
        return sys.modules["typing_extensions"].TypedDict(type_.__name__, fields)
    origin: Any = get_origin(type_)
    inner = get_args(type_)
    if origin in (_NOT_REQUIRED, _REQUIRED):
        return _with_new_dicts(inner[0])
    if origin is typing.Annotated:
        return typing.Annotated[(_with_new_dicts(inner[0]), *type_.__metadata__)]
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_with_new_dicts, inner))]  # noqa: UP007 - their number is not known
    if isinstance(origin, type) and inner and origin is not Literal:
        return origin[tuple(map(_with_new_dicts, inner))]  # type: ignore[index]
    return type_


def type_schema(models: dict[str, Any], adapter: Any, number: int) -> dict[str, Any]:
    """Return the schema of an adapter's type.

    Args:
        models: collects the schema's definitions, by full names.
        adapter: the adapter.
        number: keeps its definitions apart from others of the same names.
    """
    # Types that share a model share its definition, if it is the same for both.
    for prefix in ("pydantic.", f"pydantic.{number}."):
        schema: dict[str, Any] = adapter.json_schema(ref_template=DEFS + prefix + "{model}")
        found = {prefix + name: each for name, each in schema.pop("$defs", {}).items()}
        if all(models.get(name, each) == each for name, each in found.items()):
            break
    models |= found
    return schema


def read_by_adapter(adapter: Any, value: Any) -> Any:
    """Make a value of an adapter's type of one that `json` returned.

    Raises:
        ValueError: it is not valid; the text is meant for the model that wrote it.
    """
    return _valid(adapter.validate_json, value)


def _valid(validate: Any, value: Any) -> Any:
    try:
        # From JSON text, because in strict mode pydantic takes a date from a JSON string, but not
        # from a Python str.
        return validate(json.dumps(value), strict=True)
    except ValueError as error:
        if not hasattr(error, "errors"):
            raise
        raise ValueError("; ".join(map(_in_words, error.errors()))) from error


def _in_words(error: dict[str, Any]) -> str:
    where = ".".join(map(str, error.get("loc", ())))
    return f"{where}: {error['msg']}" if where else str(error["msg"])


def _is_special(part: Any) -> bool:
    metadata = getattr(part, "__metadata__", ())
    if any(type(each).__module__.partition(".")[0] in _METADATA for each in metadata):
        return True
    if get_origin(part) in (Union, types.UnionType):
        return sum(is_model(each) for each in get_args(part)) > 1
    return (
        isinstance(part, type)
        and not is_model(part)
        and (
            hasattr(part, "__get_pydantic_core_schema__") or hasattr(part, "__pydantic_validator__")
        )
    )


def _parts(type_: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Give a type, and the types in it, also those of the fields of classes."""
    if id(type_) in seen:
        return
    seen[id(type_)] = type_  # kept, so that no other one gets its identity
    yield type_
    inner = list(get_args(type_))
    if isinstance(type_, type) and _has_fields(type_) and not is_model(type_):
        try:
            inner += typing.get_type_hints(type_, include_extras=True).values()
        except Exception:  # an annotation that cannot be resolved: msgspec says so
            return
    for each in inner:
        yield from _parts(each, seen)


def _has_fields(type_: type) -> bool:
    named = issubclass(type_, tuple) and hasattr(type_, "_fields")
    return dataclasses.is_dataclass(type_) or typing.is_typeddict(type_) or named
