"""Finding the header among rows as people make them: titles above it, blanks, two lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import attrs

__all__ = ["NULLS", "Header", "find_header", "header_at", "header_notes"]

# What stands for a missing value, as in pandas.
NULLS: Final = frozenset(
    {
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
    }
)  # fmt: skip
_LOOKED_AT: Final = 60  # rows
_NUMBER: Final = re.compile(
    r"[-+(]?\s*[$€£¥]?\s*(?:\d[\d.,'\s]*|\.\d+)(?:[eE][-+]?\d+)?\s*[$€£¥%)]?", re.ASCII
)


@attrs.frozen
class Header:
    """Where a table begins among rows.

    Attributes:
        row: the number of the header's first row, from 0; of the first data row without a header.
        lines: how many rows the header has; 0 for none.
        names: the names of the columns, as the rows have them.
        titles: the texts above the header.
    """

    row: int
    lines: int
    names: tuple[str, ...]
    titles: tuple[str, ...] = ()


def find_header(rows: Sequence[Sequence[Any]], skipped: Sequence[bool] = ()) -> Header | None:
    """Return where the table begins; ``None`` if the rows have none.

    Args:
        rows: the first rows; empty cells are ``None`` or blank.
        skipped: whether each of them is left out.
    """
    hidden = {number for number, is_skipped in enumerate(skipped) if is_skipped}
    cells = [
        [] if number in hidden else list(map(_text, row))
        for number, row in enumerate(rows[: _LOOKED_AT + len(hidden)])
    ]
    width = _usual_width(cells)
    if width == 0:
        return None
    first = _first_full_row(cells, width)
    body = [row for row in cells[first + 1 :] if any(row)]
    titles = tuple(text for row in cells[:first] for text in row if text)
    if _is_data(cells[first], body):
        return Header(first, 0, _numbered(width), titles)
    second = first + 1
    if second < len(cells) and _is_second_line(cells[first], cells[second], body[1:]):
        return Header(first, 2, _joined(cells[first], cells[second]), titles)
    return Header(first, 1, tuple(map(_raw, rows[first])), titles)


def header_at(rows: Sequence[Sequence[Any]], given: Sequence[int]) -> Header | None:
    """Return the header in rows that are known; ``None`` if there are fewer rows.

    Args:
        rows: the first rows.
        given: the numbers of one or two rows, from 1; none, if there is no header.
    """
    cells = [list(map(_text, row)) for row in rows]
    if not given:
        first = next((number for number, row in enumerate(cells) if any(row)), None)
        return None if first is None else Header(first, 0, _numbered(_usual_width(cells)))
    if max(given) > len(rows):
        return None
    first = given[0] - 1
    titles = tuple(text for row in cells[:first] for text in row if text)
    if len(given) == 2:
        return Header(first, 2, _joined(cells[first], cells[first + 1]), titles)
    return Header(first, 1, tuple(map(_raw, rows[first])), titles)


def header_notes(header: Header, *, given: bool = False) -> list[str]:
    """Return what was assumed of a header, in sentences; only what is told, if it was given."""
    notes = []
    if header.lines == 0 and not given:
        notes.append("No row was taken for a header, as the first is like those below it.")
    elif header.row and header.lines and not given:
        notes.append(f"The header was taken from row {header.row + 1}.")
    if header.lines == 2:
        notes.append("The header has two lines, which were joined.")
    if header.titles:
        notes.append(f"Above the header stands: {'; '.join(header.titles)[:300]}.")
    return notes


def _raw(value: Any) -> str:
    return "" if value is None else str(value)


def _text(value: Any) -> str:
    return " ".join(_raw(value).split())


def _numbered(width: int) -> tuple[str, ...]:
    return tuple(f"column_{number + 1}" for number in range(width))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how wide most rows are, where empty cells at the end do not count."""
    widths: Counter[int] = Counter()
    for row in rows:
        filled = [number for number, text in enumerate(row) if text]
        if filled:
            widths[filled[-1] + 1] += 1
    most = max(widths.values(), default=0)
    return max((width for width, count in widths.items() if count == most), default=0)


def _first_full_row(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return the first row that has names for half of the columns: a title fills a cell or two."""
    enough = 1 if width == 1 else max(2, (width + 1) // 2)
    for number, row in enumerate(rows):
        filled = sum(1 for text in row if text)
        unnamed_first = len(row) > 1 and not row[0] and filled and filled >= width - 1
        if filled >= enough or unnamed_first:
            return number
    return next(number for number, row in enumerate(rows) if any(row))


def _number_columns(body: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns that have numbers only, where they have values."""
    found = []
    for number in range(max(map(len, body), default=0)):
        known = [row[number] for row in body if number < len(row) and row[number] not in NULLS]
        if known and all(map(_is_number, known)):
            found.append(number)
    return found


def _is_data(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether a row is data and no header: it has numbers where those below have them.

    Years, and numbers counted up, may be names.
    """
    columns = [number for number in _number_columns(body) if number < len(row)]
    known = [row[number] for number in columns if row[number] not in NULLS]
    if not known or not all(map(_is_number, known)):
        return False
    whole = [int(text) for text in known if text.isdecimal()]
    if len(whole) < len(known):
        return True
    names = all(1800 <= number <= 2100 for number in whole) and len(whole) < len(row)
    counted = len(whole) > 1 and whole == list(range(whole[0], whole[0] + len(whole)))
    return not names and not counted


def _is_second_line(above: list[str], below: list[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the header goes on in the next row: groups above and names or units below.

    There it has texts, and numbers follow below them.
    """
    columns = _number_columns(body)
    texts = [below[number] if number < len(below) else "" for number in columns]
    if not columns or any(text in NULLS or _is_number(text) for text in texts):
        return False
    filled = [number for number, text in enumerate(below) if text]
    blank = any(number >= len(above) or not above[number] for number in filled)
    return (blank or len(columns) > 1) and not any(_is_number(text) for text in below if text)


def _joined(above: list[str], below: list[str]) -> tuple[str, ...]:
    """Return the names of a header of two lines: a group counts for the blanks on its right."""
    names, group = [], ""
    for number in range(max(len(above), len(below))):
        own = above[number] if number < len(above) else ""
        name = below[number] if number < len(below) else ""
        group = own or (group if name else "")
        names.append(" ".join(part for part in dict.fromkeys((group, name)) if part))
    return tuple(names)
