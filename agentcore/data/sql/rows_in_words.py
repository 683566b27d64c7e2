"""What rows say, in words, and whether a text says no more than they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from agentcore.data.table import Table

__all__ = ["TOLD", "cut_note", "rows_text", "says_the_rows", "words_of_rows"]

TOLD: Final = 10  # rows that are told in words
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")
_NAME: Final = re.compile(r"(?<![.!?:] )(?<!^)(?<!\n)\b[A-Z][\w'-]*")
_UNITS: Final = re.compile(r"[$\u20ac\u00a3\u00a5%\u00b0]")
_WORD: Final = re.compile(r"\w+")


def words_of_rows(table: Table) -> str:
    """Return the rows as a text: each value after its column's name, the first rows of many."""
    if not table.rows:
        return "No rows answer this."
    lines = [", ".join(_named(table, row)) for row in table.rows[:TOLD]]
    if len(table.rows) == 1:
        return f"{lines[0]}."
    count = f"{table.row_count:,} rows"
    head = count if len(lines) == table.row_count else f"{count}; the first {len(lines)}"
    return "\n".join([f"{head}:", *(f"- {line}" for line in lines)])


def _named(table: Table, row: tuple[Any, ...]) -> Iterator[str]:
    for column, value in zip(table.columns, row, strict=True):
        yield f"{column}: {shown_value(value)}"


def rows_text(table: Table) -> str:
    """Return the first rows as lines for a model, beginning with the names of the columns."""
    lines = [" | ".join(shown_value(value) for value in row) for row in table.rows[:TOLD]]
    return "\n".join([" | ".join(table.columns), *lines])


def shown_value(value: Any) -> str:
    """Return a value as it is told: numbers with at most six digits after the point."""
    if value is None:
        return "no value"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".") if 1e-4 <= abs(value) < 1e15 else f"{value:g}"
    return str(value)


def cut_note(table: Table) -> str:
    """Return what is to be told if not all rows were kept; empty if they were."""
    if table.row_count == len(table.rows):
        return ""
    return f"Only {len(table.rows):,} of {table.row_count:,} rows were kept."


def says_the_rows(text: str, question: str, table: Table) -> bool:
    """Return whether a text states a value of the rows, and no number, name or unit that they lack.

    A number may be rounded, and stand in the question. A word with a capital letter, other than at
    the beginning of a sentence, must stand in the rows, the columns or the question.
    """
    cells = [value for row in table.rows for value in row if value is not None]
    known = "\n".join([question, *table.columns, *(str(value) for value in cells)]).lower()
    numbers = [float(each) for each in cells if isinstance(each, int | float)]
    words = set(_WORD.findall(known))
    for written in _NUMBER.findall(text):
        if not (_stated(written, numbers) or written.strip("+-,").lower() in words):
            return False
    if any(name.lower() not in known for name in _NAME.findall(text)):
        return False
    if any(sign not in known for sign in _UNITS.findall(text)):
        return False
    return any(_is_in(value, text) for value in cells)


def _stated(written: str, numbers: list[float]) -> bool:
    plain = written.replace(",", "")
    decimals = len(plain.partition(".")[2]) if "e" not in plain.lower() else 0
    half = 0.5 * 10.0**-decimals + 1e-9
    value = float(plain)
    return any(abs(abs(value) - abs(number)) <= half for number in numbers)


def _is_in(value: Any, text: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() in text.lower()
    return any(_stated(written, [float(value)]) for written in _NUMBER.findall(text))
