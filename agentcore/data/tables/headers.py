"""Finding the header among rows as people make them: titles above it, blanks, two lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import attrs

__all__ = ["Header", "find_header"]

_LOOKED_AT: Final = 60  # rows
_NUMBER: Final = re.compile(r"^\s*[-+(]?[$€£]?\s*[\d.,]*\d[\d.,]*\s*[%)]?\s*$")


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


def find_header(rows: Sequence[Sequence[Any]], given: int | None = None) -> Header | None:
    """Return where the table begins; ``None`` if the rows have none.

    Args:
        rows: the first rows; empty cells are ``None`` or blank.
        given: the row of the header, from 0, if it is known.
    """
    rows = rows[:_LOOKED_AT] if given is None else rows
    width = _usual_width(rows)
    if width == 0 or (given is not None and given >= len(rows)):
        return None
    first = _first_full_row(rows, width) if given is None else given
    titles = tuple(text for row in rows[:first] for text in map(_text, row) if text)
    names = list(map(_text, rows[first]))
    names += [""] * (width - len(names))
    if given is None and _is_data(rows[first]):
        return Header(first, 0, tuple(f"column_{n + 1}" for n in range(len(names))), titles)
    if _has_second_line(rows, first):
        return Header(first, 2, tuple(_joined(names, list(map(_text, rows[first + 1])))), titles)
    return Header(first, 1, tuple(names), titles)


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _filled(row: Sequence[Any]) -> int:
    return sum(1 for value in row if _text(value))


def _usual_width(rows: Sequence[Sequence[Any]]) -> int:
    """Return how wide most rows are, where empty cells at the end do not count."""
    widths: Counter[int] = Counter()
    for row in rows:
        cells = list(map(_text, row))
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            widths[len(cells)] += 1
    most = max(widths.values(), default=0)
    return max((width for width, count in widths.items() if count == most), default=0)


def _first_full_row(rows: Sequence[Sequence[Any]], width: int) -> int:
    enough = max(1, (width + 1) // 2)
    full = (number for number, row in enumerate(rows) if _filled(row) >= enough)
    return next(full, 0)


def _is_data(row: Sequence[Any]) -> bool:
    """Return whether a row has no name in it, so that it is data and no header."""
    cells = [text for text in map(_text, row) if text]
    return len(cells) > 1 and all(_NUMBER.match(cell) for cell in cells)


def _has_second_line(rows: Sequence[Sequence[Any]], first: int) -> bool:
    """Return whether the header goes on in the next row: groups above, names below.

    The groups leave cells blank, the names are no numbers, and numbers follow below them.
    """
    if first + 2 >= len(rows):
        return False
    above, below, after = (list(map(_text, rows[first + each])) for each in range(3))
    blanks = [n for n, text in enumerate(above) if not text and n < len(below) and below[n]]
    if len(blanks) < 2 or any(_NUMBER.match(text) for text in below if text):
        return False
    return any(_NUMBER.match(text) for text in after if text)


def _joined(above: list[str], below: list[str]) -> list[str]:
    """Return the names of a header of two lines: a group counts for the blanks on its right."""
    names, group = [], ""
    for number in range(max(len(above), len(below))):
        own = above[number] if number < len(above) else ""
        name = below[number] if number < len(below) else ""
        group = own or (group if name else "")
        names.append(" ".join(part for part in (group, name) if part))
    return names
