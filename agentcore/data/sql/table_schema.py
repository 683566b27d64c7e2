"""What a model is told of a database: its tables, their columns, and some values of these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

__all__ = ["SCHEMA_LIMIT", "ColumnSchema", "TableSchema", "schema_text"]

SCHEMA_LIMIT: Final = 6000  # characters, some 2,000 tokens: a small model's context has 8,000
_FEW: Final = 8  # a text column with no more different values is told with all that were seen
_SHOWN: Final = 3
_ONE: Final = "\nThere is no other table, so no JOIN is needed."  # small models join it to itself
_LONG: Final = 40  # characters of one value


@attrs.frozen
class ColumnSchema:
    """One column of a table.

    Attributes:
        name: as the table has it.
        kind: its type in the engine's words.
        quoted: the name as it is written in a query.
    """

    name: str
    kind: str
    quoted: str


@attrs.frozen
class TableSchema:
    """One table, or view, of a database.

    Attributes:
        name: as the database has it.
        quoted: the name as it is written in a query, with that of its schema where it needs one.
        columns: in order.
        rows: a sample: its first rows.
    """

    name: str
    quoted: str
    columns: tuple[ColumnSchema, ...]
    rows: tuple[tuple[Any, ...], ...] = ()


def schema_text(tables: Iterable[TableSchema], limit: int = SCHEMA_LIMIT) -> str:
    """Return the tables as a text for a model, of at most ``limit`` characters.

    Each column stands with its type and values of the sample rows. If that is too long, values are
    left out first, then types, then whole tables, and the text says how many.
    """
    tables = tuple(tables)
    if len(tables) == 1:
        return f"{_fitting(tables, limit - len(_ONE))}{_ONE}"
    return _fitting(tables, limit)


def _fitting(tables: tuple[TableSchema, ...], limit: int) -> str:
    for form in (_with_values, _with_kinds, _with_names):
        text = "\n\n".join(form(table) for table in tables)
        if len(text) <= limit:
            return text
    return _cut([_with_names(table) for table in tables], limit)


def _cut(texts: Sequence[str], limit: int) -> str:
    kept, length = [], 0
    for text in texts:
        length += len(text) + 2
        if length > limit - 40:
            break
        kept.append(text)
    if not kept:
        return f"{texts[0][: limit - 4]} ..."
    return "\n\n".join([*kept, f"... and {len(texts) - len(kept)} more tables"])


def _with_values(table: TableSchema) -> str:
    lines = [f"Table {table.quoted}, columns:"]
    for index, column in enumerate(table.columns):
        seen = _different([row[index] for row in table.rows])
        texts = all(isinstance(value, str) for value in seen)
        shown = seen if texts and len(seen) <= _FEW else seen[:_SHOWN]
        values = ", ".join(_shown(value) for value in shown)
        lines.append(f"- {column.quoted} {column.kind}" + (f": {values}" if values else ""))
    return "\n".join(lines)


def _with_kinds(table: TableSchema) -> str:
    columns = ", ".join(f"{column.quoted} {column.kind}" for column in table.columns)
    return f"Table {table.quoted} ({columns})"


def _with_names(table: TableSchema) -> str:
    return f"Table {table.quoted} ({', '.join(column.quoted for column in table.columns)})"


def _different(values: Iterable[Any]) -> list[Any]:
    return list({repr(value): value for value in values if value is not None}.values())


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."
