"""Values of a type made of what `json` returns, and the other way."""

from __future__ import annotations

import ipaddress
import json
import pathlib
import re
import types
from typing import Any, Final, Union, get_args, get_origin

from agentcore.base.error_text import error_text
from agentcore.base.extras import import_extra
from agentcore.tools.pydantic_types import adapter_of, is_model, read_by_adapter, read_model

__all__ = ["alternatives_of", "convert", "json_of", "made_of_text", "type_name"]

_OF_TEXT: Final = (
    pathlib.PurePath,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
)


def type_name(type_: Any) -> str:
    """Return the name of a type as it is written in code, without modules."""
    return type_.__name__ if isinstance(type_, type) and not get_args(type_) else _brief(type_)


def _brief(type_: Any) -> str:
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", str(type_))  # without the modules


def alternatives_of(type_: Any) -> tuple[Any, ...]:
    """Split a union that msgspec does not support, such as one of two attrs classes."""
    if get_origin(type_) not in (Union, types.UnionType):
        return (type_,)
    msgspec = import_extra("msgspec", "tools", "the JSON schema of a type")
    try:
        msgspec.convert(None, type_, dec_hook=_read)
    except msgspec.ValidationError:
        return (type_,)
    except TypeError:
        return get_args(type_)
    return (type_,)


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
    adapter = adapter_of(type_)
    reasons = []
    if adapter is not None:
        try:
            return read_by_adapter(adapter, value)
        except Exception as error:
            raise ValueError(f"{path}: {error}") from error
    for each in alternatives_of(type_):
        try:
            return msgspec.convert(value, each, dec_hook=_read, str_keys=True)
        except msgspec.ValidationError as error:
            reasons.append(_in_words(str(error), path))
        except Exception as error:  # a user's class may raise anything
            said = error_text(error)
            reasons.append(f"{path}: {type_name(each)} cannot be made of it: {said}")
    raise ValueError("; or ".join(reasons))


def json_of(value: Any) -> Any:
    """Return a value of a type as `json` would return it.

    Raises:
        TypeError, ValueError: it cannot be written as JSON.
    """
    msgspec = import_extra("msgspec", "tools", "writing a value of a type")
    return json.loads(msgspec.json.encode(value, enc_hook=_written))


def _written(value: Any) -> Any:
    if made_of_text(type(value)):
        return str(value)
    if is_model(type(value)):
        return value.model_dump(mode="json")
    raise TypeError(f"{type_name(type(value))} cannot be written as JSON")


def _in_words(text: str, path: str) -> str:
    reason, at, where = text.rpartition(" - at `$")
    if not at:
        reason, where = text, ""
    return f"{path}{where.removesuffix('`')}: {reason}"


def made_of_text(type_: Any) -> bool:
    """Return whether a type is written as a text, and made of one, and msgspec does not know it."""
    return isinstance(type_, type) and issubclass(type_, _OF_TEXT)


def _read(type_: Any, value: Any) -> Any:
    """Make a value of a type that msgspec does not know."""
    if made_of_text(type_) and isinstance(value, str):
        return type_(value)
    if not is_model(type_):
        raise NotImplementedError(f"{type_name(type_)} cannot be read from JSON")
    return read_model(type_, value)
