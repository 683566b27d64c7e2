"""Values and texts as a report shows them: bounded, and without control characters."""

from __future__ import annotations

import re
from typing import Any

import attrs

from agentcore.data.table import Table

__all__ = ["Cell", "ShownTable", "clipped", "shown_table", "shown_value"]

ROWS = 200
CHARACTERS_OF_CELL = 500
CHARACTERS_OF_OUTPUT = 4_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@attrs.frozen
class Cell:
    """A value of a table: its text, and whether it is a number, or missing."""

    text: str
    kind: str = ""


@attrs.frozen
class ShownTable:
    """The first rows of a table.

    Attributes:
        columns: the names of the columns, and whether each holds numbers.
        rows: the rows that are shown.
        note: how many of how many rows these are, if it is not all of them.
    """

    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str


def clipped(text: str, limit: int = CHARACTERS_OF_OUTPUT) -> str:
    """Return a text without control characters, and its beginning only if it is long."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def shown_value(value: Any) -> Cell:
    """Return a value as a table shows it."""
    if value is None or value != value:  # NaN is the one value that is not itself
        return Cell("\N{EN DASH}", "missing")
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, float):
        return Cell(_rounded(value), "number")
    if isinstance(value, int):
        return Cell(str(value), "number")
    return Cell(clipped(str(value), CHARACTERS_OF_CELL))


def _rounded(value: float) -> str:
    """Return a number without the digits that only its binary form has, as 0.30000000000000004."""
    return f"{value:.12g}" if value == 0 or 1e-5 <= abs(value) < 1e12 else str(value)


def shown_table(table: Table) -> ShownTable:
    """Return the first rows of a table as texts."""
    rows = tuple(tuple(shown_value(value) for value in row) for row in table.rows[:ROWS])
    columns = tuple(
        Cell(clipped(str(name), CHARACTERS_OF_CELL), _kind_of([row[place] for row in rows]))
        for place, name in enumerate(table.columns)
    )
    note = ""
    if table.row_count > len(rows):
        note = f"The first {len(rows):,} of {table.row_count:,} rows."
    return ShownTable(columns, rows, note)


def _kind_of(cells: list[Cell]) -> str:
    present = [cell.kind for cell in cells if cell.kind != "missing"]
    return "number" if present and all(kind == "number" for kind in present) else ""
