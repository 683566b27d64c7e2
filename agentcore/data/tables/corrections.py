"""`Corrections`: what the user says of a file, where the guess was wrong."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean

__all__ = ["Corrections", "corrections_from"]

_KINDS: Final = {
    "text": "text", "str": "text", "string": "text", "object": "text", "varchar": "text",
    "int": "int", "int64": "int", "integer": "int", "bigint": "int",
    "float": "float", "float64": "float", "number": "float", "double": "float",
    "bool": "bool", "boolean": "bool",
    "date": "date", "datetime": "date", "datetime64[ns]": "date", "timestamp": "date",
}  # fmt: skip


def _header(value: Any) -> tuple[int, ...] | None:
    """Return the rows of a header, from 1; an empty tuple for no header."""
    if value is None or value is False:
        return None if value is None else ()
    rows = tuple(value) if isinstance(value, list | tuple) else (value,)
    whole = all(type(row) is int and row >= 1 for row in rows)
    if not whole or not 1 <= len(rows) <= 2 or (len(rows) == 2 and rows[1] != rows[0] + 1):
        raise ValueError(
            "header= is the number of a row, from 1, or two that follow each other, as (3, 4), or "
            f"False for a file without header, not {value!r}"
        )
    return rows


def _skip(value: Any) -> int | frozenset[int]:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, Iterable) and not isinstance(value, str):
        rows = list(value)
        if all(type(row) is int and row >= 1 for row in rows):
            return frozenset(rows)
    raise ValueError(
        f"skip= is how many rows at the top are left out, or a list of rows, from 1, not {value!r}"
    )


def _types(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"types= is a dict of columns and their types, not {value!r:.200}")
    kinds = {}
    for column, type_ in value.items():
        word = type_ if isinstance(type_, str) else getattr(type_, "__name__", repr(type_))
        if word.lower() not in _KINDS:
            raise ValueError(
                f"the type of {column!r} is text, int, float, bool or date, not {type_!r}"
            )
        kinds[str(column)] = _KINDS[word.lower()]
    return kinds


def _encoding(_: Any, __: Any, value: Any) -> None:
    if value is None:
        return
    try:
        codecs.lookup(value)
    except (LookupError, TypeError) as error:
        raise ValueError(
            f"there is no encoding {value!r}: give one that Python knows, as 'cp1252'"
        ) from error


def _separator(_: Any, __: Any, value: Any) -> None:
    if value is not None and (not isinstance(value, str) or len(value) != 1 or value in '\r\n"'):
        raise ValueError(f"separator= is one character, not {value!r}")


def _decimal(_: Any, __: Any, value: Any) -> None:
    if value not in (None, ".", ","):
        raise ValueError(f"decimal= is '.' or ',', not {value!r}")


def _sheet(_: Any, __: Any, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise TypeError(f"sheet= is a name or a number, from 1, not {value!r}")


@attrs.frozen
class Corrections:
    """How a file is to be read.

    Attributes:
        header: the rows of the header, from 1, as a spreadsheet counts; ``None`` to find it;
            empty if there is none.
        sheet: the name or the number (from 1) of the only sheet, or table of a database, to read.
        encoding: the encoding of a text file.
        separator: what separates its values.
        decimal: the decimal mark, ``.`` or ``,``.
        types: kinds of columns, by their names.
        skip: how many rows at the top are left out, or the numbers of rows, from 1.
    """

    header: tuple[int, ...] | None = attrs.field(default=None, converter=_header)
    sheet: str | int | None = attrs.field(default=None, validator=_sheet)
    encoding: str | None = attrs.field(default=None, validator=_encoding)
    separator: str | None = attrs.field(default=None, validator=_separator)
    decimal: str | None = attrs.field(default=None, validator=_decimal)
    types: Mapping[str, str] = attrs.field(default=None, converter=_types)
    skip: int | frozenset[int] = attrs.field(default=0, converter=_skip)

    def is_skipped(self, row: int) -> bool:
        """Return whether a row, from 0, is left out."""
        return row < self.skip if isinstance(self.skip, int) else row + 1 in self.skip


def corrections_from(given: Mapping[str, Any]) -> Corrections:
    """Return the corrections that the keywords of a call are.

    Raises:
        TypeError: there is no such correction, or it has the wrong type.
        ValueError: it has a value that cannot be.
    """
    known = [field.name for field in attrs.fields(Corrections)]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise TypeError(f"there is no correction {name!r} of a file{hint}")
    return Corrections(**given)
