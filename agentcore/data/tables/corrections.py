"""`Corrections`: what the user says of a file, where the guess was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.base.checks import did_you_mean

__all__ = ["Corrections", "corrections_from"]


@attrs.frozen
class Corrections:
    """How a file is to be read.

    Attributes:
        header: the row of the header, from 1, as a spreadsheet counts; ``None`` to find it.
        sheet: the name or the number (from 1) of the only sheet, or table of a database, to read.
        encoding: the encoding of a text file.
        separator: what separates its values.
        decimal: the decimal mark, ``.`` or ``,``.
        types: types of columns, by their names, as pandas names them.
    """

    header: int | None = None
    sheet: str | int | None = None
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    types: Mapping[str, Any] | None = None

    @property
    def header_row(self) -> int | None:
        """The row of the header, from 0."""
        return None if self.header is None else self.header - 1


def corrections_from(given: Mapping[str, Any]) -> Corrections:
    """Read the keywords of a call.

    Raises:
        TypeError: there is no such correction, or it has the wrong type.
        ValueError: it has a value that cannot be.
    """
    known = [field.name for field in attrs.fields(Corrections)]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            raise TypeError(f"there is no correction {name!r} of a file{hint}: {', '.join(known)}")
    corrections = Corrections(**given)
    header = corrections.header
    if header is not None and (type(header) is not int or header < 1):
        raise ValueError(f"header= is the number of a row, from 1, not {header!r}")
    if corrections.decimal not in (None, ".", ","):
        raise ValueError(f"decimal= is '.' or ',', not {corrections.decimal!r}")
    return corrections
