"""`Layout`: how the values of a text file are separated, and where its table begins."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.encodings import opened_text
from agentcore.data.tables.headers import Header, find_header, header_at

__all__ = ["Layout", "layout_of", "widest_row"]

_SAMPLE: Final = 256 * 1024  # characters that are looked at
_LONGEST: Final = 16 * 1024 * 1024  # characters of a line
_LINES: Final = 300
_SEPARATORS: Final = (",", ";", "\t", "|")
_COMMA_DECIMAL: Final = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})")
_BOTH_MARKS: Final = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+")
_POINT_DECIMAL: Final = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)\.(?:\d{1,2}|\d{4,})")
_LEADING_ZERO: Final = re.compile(r"0\d+")
_TAG: Final = re.compile(r"\s*<(?:!doctype|html|\?xml|\w+[\s>])", re.IGNORECASE)


@attrs.frozen
class Layout:
    """How a text file is read.

    Attributes:
        separator: what separates values.
        quote: the quotation mark, or ``None`` if there is none.
        decimal: the decimal mark, or ``None`` if each column decides.
        header: where the header is.
        names: the names of the columns, as the file has them.
        lines: how many lines stand above the rows.
        line_length: how many characters a line has, on average.
        ragged: whether rows have more values than the header has names.
        row_names: whether the header lacks a name for the first column.
        leading_zeros: columns of numbers that begin with zeros.
    """

    separator: str
    quote: str | None
    decimal: str | None
    header: Header
    names: tuple[str, ...]
    lines: int
    line_length: float
    ragged: bool = False
    row_names: bool = False
    leading_zeros: tuple[str, ...] = ()


def layout_of(path: Path, encoding: str, corrections: Corrections) -> Layout:
    """Return how a file is to be read, from its first lines.

    Raises:
        DataFileError: it is no table.
        OSError: it cannot be read.
    """
    lines = _first_lines(path, encoding)
    if _TAG.match("".join(lines[:3])):
        raise DataFileError(
            f"{path.name} is a page of HTML or XML, and no table: save the table in it as CSV",
            file=str(path),
        )
    quote = _quote(lines)
    separator = corrections.separator or _separator(lines, quote)
    rows, ends = _rows(lines, separator, quote)
    skipped = [corrections.is_skipped(number) for number in range(len(rows))]
    given = corrections.header
    header = find_header(rows, skipped) if given is None else header_at(rows, given)
    if header is None:
        raise DataFileError(_no_header(path, given, len(rows)), file=str(path))
    begin = header.row + header.lines
    body = [
        row
        for number, row in enumerate(rows[begin:], begin)
        if any(row) and not corrections.is_skipped(number)
    ]
    if given is None and _is_prose(header, body):
        raise DataFileError(
            f"{path.name} is a text, and no table: give separator= if it is one", file=str(path)
        )
    names, row_names = _with_row_names(list(header.names), body)
    width = max([len(names), *map(len, body)])
    layout = Layout(
        separator,
        quote,
        corrections.decimal or _decimal(body, separator),
        header,
        (*names, *[""] * (width - len(names))),
        ends[begin - 1] if begin else 0,
        max(1.0, sum(map(len, lines)) / len(lines)),
        any(any(row[len(names) :]) for row in body),
        row_names,
    )
    return attrs.evolve(layout, leading_zeros=_leading_zeros(layout.names, body, corrections))


def _no_header(path: Path, given: Sequence[int] | None, count: int) -> str:
    if given:
        return f"{path.name} has no row {max(given)} for a header: it has {count} rows"
    return f"{path.name} is empty"


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Return the first lines, with their ends; files of old Macs have carriage returns only."""
    with opened_text(path, encoding) as file:
        text = file.read(_SAMPLE)
        while not ("\n" in text or "\r" in text) and len(text) < _LONGEST:
            more = file.read(_SAMPLE)
            if not more:
                break
            text += more
        is_whole = not file.read(1)
    lines = [*io.StringIO(text, newline="")]
    if not is_whole and len(lines) > 1:
        lines.pop()  # it may go on
    elif not is_whole:
        raise DataFileError(f"{path.name} has no lines: it is no table", file=str(path))
    return lines[:_LINES]


def _quote(lines: list[str]) -> str:
    single = sum(1 for line in lines if re.match(r"'[^']*'[,;\t|].*'\s*$", line))
    return "'" if single * 2 > len(lines) and not any('"' in line for line in lines) else '"'


def _rows(lines: list[str], separator: str, quote: str | None) -> tuple[list[list[str]], list[int]]:
    """Return the rows in some lines, and after how many lines each ends."""
    reader = _reader(iter(lines), separator, quote)
    rows, ends = [], []
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:  # a value is longer than this module takes; pandas takes it
        pass
    return rows, ends


def _reader(lines: Iterator[str], separator: str, quote: str | None) -> Any:
    if quote is None:
        return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=separator, quotechar=quote)


def _separator(lines: list[str], quote: str) -> str:
    """Return the separator that most lines have equally often; a comma if none is there."""
    best, most = ",", 0.0
    for separator in _SEPARATORS:
        rows, _ = _rows(lines, separator, quote)
        widths = Counter(len(row) for row in rows if row)
        widths.pop(1, None)
        if widths:
            width, count = max(widths.items(), key=lambda each: (each[1], each[0]))
            score = count + width / 1_000
            if score > most:
                best, most = separator, score
    return best


def _decimal(body: list[list[str]], separator: str) -> str | None:
    """Return a comma if numbers have one, and none has a point; ``None`` if that is not sure."""
    if separator == ",":
        return None
    cells = [text.strip() for row in body for text in row]
    commas = any(_COMMA_DECIMAL.fullmatch(text) or _BOTH_MARKS.fullmatch(text) for text in cells)
    points = any(_POINT_DECIMAL.fullmatch(text) for text in cells)
    return "," if commas and not points else None


def _with_row_names(names: list[str], body: list[list[str]]) -> tuple[list[str], bool]:
    """Add a name for the first column, where the rows have one value more than the header."""
    longer = body and all(len(row) == len(names) + 1 and row[-1] for row in body)
    return (["Unnamed: 0", *names], True) if longer else (names, False)


def _is_prose(header: Header, body: list[list[str]]) -> bool:
    """Return whether rows are lines of a text: one column of many words, or of uneven widths."""
    rows = [list(header.names), *body]
    words = sum(len(text.split()) for row in rows for text in row) / max(1, sum(map(len, rows)))
    if max(map(len, rows)) == 1:
        return not body or (words >= 2.5 and len(header.names[0].split()) >= 3)
    uneven = Counter(map(len, rows)).most_common(1)[0][1] * 2 <= len(rows)
    return uneven and words >= 3


def _leading_zeros(
    names: Sequence[str], body: list[list[str]], corrections: Corrections
) -> tuple[str, ...]:
    found = []
    for number, name in enumerate(names):
        cells = [row[number] for row in body if number < len(row) and row[number]]
        numbers = cells and all(text.isdecimal() for text in cells)
        if numbers and any(map(_LEADING_ZERO.fullmatch, cells)) and name not in corrections.types:
            found.append(name.strip())
    return tuple(found)


def widest_row(path: Path, encoding: str, layout: Layout) -> int:
    """Return how many values the longest row of a file has.

    Raises:
        DataFileError: a value is longer than any is.
    """
    with opened_text(path, encoding) as text:
        try:
            return max(map(len, _reader(iter(text), layout.separator, layout.quote)), default=0)
        except csv.Error as error:
            raise DataFileError(f"{path.name} is no table: {error}", file=str(path)) from error
