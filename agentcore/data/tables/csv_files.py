"""Reading text files with separated values, as people have them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.encodings import encoding_of, opened
from agentcore.data.tables.frames import Frame, tidied
from agentcore.data.tables.headers import Header, find_header

__all__ = ["read_csv"]

_LINES: Final = 200  # that are looked at
_SEPARATORS: Final = (",", ";", "\t", "|")
_NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def read_csv(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read a file of separated values.

    Raises:
        DataFileError: it is empty, or no table.
    """
    encoding = corrections.encoding or encoding_of(path)
    lines = _first_lines(path, encoding)
    separator = corrections.separator or _separator(lines)
    rows = list(csv.reader(lines, delimiter=separator))
    header = find_header(rows, corrections.header_row)
    if header is None:
        raise DataFileError(f"{path.name} has no row that could be a header", file=str(path))
    frame = _parsed(path, encoding, separator, header, corrections)
    notes = _notes(encoding, separator, header, len(rows))
    yield tidied("", frame, list(header.names), notes, corrections)


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Return the first lines, however they end: files of old Macs have carriage returns only."""
    with opened(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
        try:
            return [line for line, _ in zip(text, range(_LINES), strict=False)]
        except LookupError as error:
            raise DataFileError(f"there is no encoding {encoding!r}", file=str(path)) from error


def _separator(lines: list[str]) -> str:
    """Return the separator that most lines have equally often; a comma if none is there."""
    best, most = ",", 0.0
    for separator in _SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        widths.pop(1, None)
        if widths:
            width, count = max(widths.items(), key=lambda each: (each[1], each[0]))
            score = count + width / 1_000
            if score > most:
                best, most = separator, score
    return best


def _parsed(
    path: Path, encoding: str, separator: str, header: Header, corrections: Corrections
) -> Any:
    pandas = import_extra("pandas", "data", "reading files")
    options: dict[str, Any] = {
        "sep": separator,
        "encoding": encoding,
        "encoding_errors": "replace",
        "header": None,
        "skip_blank_lines": False,
        "low_memory": False,
        "dtype": corrections.types,
    }
    skipped = header.row + header.lines
    try:
        with opened(path) as file:
            names = range(len(header.names))
            return pandas.read_csv(file, names=names, skiprows=skipped, index_col=False, **options)
    except pandas.errors.EmptyDataError:
        return pandas.DataFrame({number: [] for number in range(len(header.names))})
    except (ValueError, pandas.errors.ParserError, OverflowError) as error:
        return _ragged(path, separator, encoding, skipped, len(header.names), error)


def _ragged(
    path: Path, separator: str, encoding: str, skipped: int, width: int, error: Exception
) -> Any:
    """Read a file whose rows have more cells than its header: the cells beyond are kept."""
    pandas = import_extra("pandas", "data", "reading files")
    with opened(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
        try:
            rows = list(csv.reader(text, delimiter=separator))[skipped:]
        except csv.Error:
            raise DataFileError(f"{path.name} is no table: {error}", file=str(path)) from error
    width = max([width, *map(len, rows)])
    buffer = io.StringIO()
    csv.writer(buffer).writerows(row + [""] * (width - len(row)) for row in rows)
    buffer.seek(0)
    return pandas.read_csv(buffer, header=None, low_memory=False)


def _notes(encoding: str, separator: str, header: Header, rows: int) -> list[str]:
    notes = []
    if encoding not in ("utf-8", "utf-8-sig", "ascii"):
        notes.append(f"The encoding was taken for {encoding}.")
    if separator != ",":
        notes.append(f"The separator is {_NAMES.get(separator, repr(separator))}.")
    return notes + header_notes(header)


def header_notes(header: Header) -> list[str]:
    """Return what was assumed of a header, in sentences."""
    notes = []
    if header.lines == 0:
        notes.append("No row was taken for a header, as the first has numbers only.")
    elif header.row:
        notes.append(f"The header was taken from row {header.row + 1}.")
    if header.lines == 2:
        notes.append("The header has two lines, which were joined.")
    if header.titles:
        notes.append(f"Above the header stands: {'; '.join(header.titles)[:300]}.")
    return notes
