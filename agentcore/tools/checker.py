"""JSON schemas checked by the package jsonschema, as other people's schemas need it.

Schemas come from MCP servers and other frameworks, of any draft and any quality. So a schema that
is broken in a place is checked in all others: a keyword that cannot be checked finds no fault. That
is why it is jsonschema, whose keywords can be replaced one by one, and not jsonschema-rs, which
takes a schema as a whole or not at all.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.base.schema_parts import plain, remembered, with_subschemas

__all__ = ["checker_of", "frames_left"]

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
_RESERVE: Final = 200  # frames that a check leaves free
_FRAMES: Final = 5  # that the check of one keyword takes
_UNREADABLE: Final = "$unreadable"  # what stands where a schema should be, and none is


@remembered
def checker_of(schema: Any) -> Any:
    """Return a validator of a schema, with the methods ``iter_errors`` and ``descend``.

    By default it is of draft 2020-12; a draft that ``$schema`` names is respected. ``nullable`` of
    OpenAPI is understood, references that lead in circles too, and nothing is fetched from
    elsewhere.

    One that was made for an equal schema is given again, since each call of a tool needs it.

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
        level: how many keywords are being checked, one within another.
        levels: how many may be.
    """

    def __init__(self) -> None:
        self.followed: set[tuple[int, int]] = set()
        self.skipped = 0
        self.level = 0
        self.levels = 0


_PROGRESS: Final = _Progress()
_Check = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


def frames_left() -> int:
    """Return how many calls may still be made, one within another, on this thread.

    A check must not come to the interpreter's limit: jsonschema keeps its references in a package
    in Rust, where a RecursionError becomes an error that nobody expects.
    """
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return sys.getrecursionlimit() - depth


def _careful(keyword: str, check: _Check) -> _Check:
    """Make the check of a keyword one that finds no fault if it cannot be made."""

    def checked(validator: Any, wanted: Any, value: Any, schema: Any) -> list[Any]:
        if value is None and schema.get("nullable") is True:
            return []
        if not _PROGRESS.level:
            _PROGRESS.levels = (frames_left() - _RESERVE) // _FRAMES
        place = (id(schema), id(value))
        if keyword in _REFERENCES:
            if place in _PROGRESS.followed:  # it leads back to itself, and so demands nothing
                return []
            _PROGRESS.followed.add(place)
        before = _PROGRESS.skipped
        _PROGRESS.level += 1
        try:
            if _PROGRESS.level > _PROGRESS.levels or _is_broken(keyword, wanted):
                raise ValueError("this cannot be checked")
            right = _replacement(keyword, wanted, value, schema) or check
            errors = list(right(validator, wanted, value, schema) or ())
        except Exception:  # whatever a broken schema leads to
            _PROGRESS.skipped += 1
            return []
        finally:
            _PROGRESS.level -= 1
            if keyword in _REFERENCES:
                _PROGRESS.followed.discard(place)
        return [] if keyword in _NEGATIVE and _PROGRESS.skipped != before else errors

    return checked  # type: ignore[return-value]


def _is_broken(keyword: str, wanted: Any) -> bool:
    """Return whether a keyword has a value that its check would read as something else."""
    if keyword in _NUMBERS | _COUNTS:
        kinds = int if keyword in _COUNTS else int | float
        return isinstance(wanted, bool) or not isinstance(wanted, kinds)
    if keyword in _LISTS:
        return not (wanted and isinstance(wanted, list))  # a str would be read letter by letter
    return keyword == "type" and not wanted


def _replacement(keyword: str, wanted: Any, value: Any, schema: Any) -> _Check | None:
    if keyword == "items" and isinstance(wanted, list) and "prefixItems" not in schema:
        return _each_by_place
    if keyword == "multipleOf" and _is_multiple(value, wanted):
        return _no_fault
    return None


def _no_fault(*_: Any) -> Iterator[Any]:
    return iter(())


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
