"""JSON schemas checked by the package jsonschema, as other people's schemas need it.

Schemas come from MCP servers and other frameworks, of any draft and any quality. So a schema that
is broken in a place is checked in all others: a keyword that cannot be checked finds no fault. That
is why it is jsonschema, whose keywords can be replaced one by one, and not jsonschema-rs, which
takes a schema as a whole or not at all.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.base.schema_parts import plain, with_subschemas

__all__ = ["checker_of"]

# A keyword that finds a fault where another one finds none: if that one could not be checked, the
# fault is none.
_NEGATIVE: Final = frozenset(
    {"contains", "if", "not", "oneOf", "unevaluatedItems", "unevaluatedProperties"}
)
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_NUMBERS: Final = frozenset(
    {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"}
)
_COUNTS: Final = frozenset(
    {
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
    }
)
_LISTS: Final = frozenset({"allOf", "anyOf", "enum", "oneOf", "required"})
_UNREADABLE: Final = "$unreadable"  # what stands where a schema should be, and none is


def checker_of(schema: Any) -> Any:
    """Return a validator of a schema, with the methods ``iter_errors`` and ``descend``.

    By default it is of draft 2020-12; a draft that ``$schema`` names is respected. ``nullable`` of
    OpenAPI is understood, references that lead in circles too, and nothing is fetched from
    elsewhere.

    Raises:
        ExtraMissingError: jsonschema is not installed.
    """
    validators = import_extra("jsonschema.validators", "tools", "checking a value by its schema")
    registry = import_extra("referencing", "tools", "checking a value by its schema").Registry()
    readable = _readable(plain(schema))
    base = validators.validator_for(readable, default=validators.Draft202012Validator)
    return _lenient(base)(readable, registry=registry)


def _readable(schema: Any) -> Any:
    """Put a mark wherever a schema should stand, and something else does."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        return {_UNREADABLE: True}
    read = {key: value for key, value in schema.items() if key not in ("$id", "id", "$schema")}
    read = with_subschemas(read, _readable)
    for key in ("$id", "id", "$schema"):
        if isinstance(schema.get(key), str):
            read[key] = schema[key]
    return read


@functools.cache
def _lenient(base: Any) -> Any:
    validators = import_extra("jsonschema.validators", "tools", "checking a value by its schema")
    keywords = {name: _careful(name, check) for name, check in base.VALIDATORS.items()}
    return validators.extend(base, {**keywords, _UNREADABLE: _careful(_UNREADABLE, _unreadable)})


def _unreadable(*_: Any) -> Iterator[Any]:
    raise ValueError("there is no schema here")


class _Progress(threading.local):
    """What is being checked on this thread.

    Attributes:
        followed: the references that are being followed, each with its value, by identity.
        skipped: how many keywords could not be checked so far.
    """

    def __init__(self) -> None:
        self.followed: set[tuple[int, int]] = set()
        self.skipped = 0


_PROGRESS: Final = _Progress()
_Check = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


def _careful(keyword: str, check: _Check) -> _Check:
    """Make the check of a keyword one that finds no fault if it cannot be made."""

    def checked(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        if value is None and schema.get("nullable") is True:
            return iter(())
        place = (id(schema), id(value))
        if keyword in _REFERENCES:
            if place in _PROGRESS.followed:  # it leads back to itself, and so demands nothing
                return iter(())
            _PROGRESS.followed.add(place)
        before = _PROGRESS.skipped
        try:
            errors = _errors(keyword, check, validator, wanted, value, schema)
        except Exception:  # whatever a broken schema leads to, a RecursionError included
            _PROGRESS.skipped += 1
            return iter(())
        finally:
            if keyword in _REFERENCES:
                _PROGRESS.followed.discard(place)
        if keyword in _NEGATIVE and _PROGRESS.skipped != before:
            return iter(())
        return iter(errors)

    return checked


def _errors(
    keyword: str, check: _Check, validator: Any, wanted: Any, value: Any, schema: Any
) -> list[Any]:
    if keyword in _NUMBERS | _COUNTS:
        kinds = int if keyword in _COUNTS else int | float
        if isinstance(wanted, bool) or not isinstance(wanted, kinds):
            raise ValueError(f"{keyword} must be a number")
    if keyword in _LISTS and not (wanted and isinstance(wanted, list)):
        raise ValueError(f"{keyword} must be a list")  # a str would be read letter by letter
    if keyword == "type" and not wanted:
        raise ValueError("type must name one")
    if keyword == "items" and isinstance(wanted, list) and "prefixItems" not in schema:
        check = _each_by_place
    if keyword == "multipleOf" and _is_multiple(value, wanted):
        return []
    return list(check(validator, wanted, value, schema) or ())


def _is_multiple(value: Any, of: Any) -> bool:
    """Whether a number is a multiple as it is written: 0.3 is one of 0.1, but not as floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return not Decimal(str(value)) % Decimal(str(of))


def _each_by_place(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``items`` as a list of schemas, which only drafts before 2020-12 have."""
    if isinstance(value, list):
        for place, (element, inner) in enumerate(zip(value, wanted, strict=False)):
            yield from validator.descend(element, inner, path=place, schema_path=place)
