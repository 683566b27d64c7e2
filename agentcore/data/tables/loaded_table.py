"""`LoadedTable`: a table that was read from a file, as a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from agentcore.base.extras import import_extra

__all__ = ["Column", "LoadedTable"]


def _items(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen
class Column:
    """A column of a table.

    Attributes:
        name: its name, stripped, and no other column's.
        original: its name as the file has it.
        kind: ``int``, ``float``, ``bool``, ``date`` or ``text``.
        missing: in how many rows it has no value.
        examples: all its values if they are few, or else the first three different ones.
        form: what its texts are like, if they are numbers with something around them
            (``numbers in text``) or times (``HH:MM:SS``); else empty.
    """

    name: str
    original: str
    kind: str
    missing: int = 0
    examples: tuple[Any, ...] = attrs.field(default=(), converter=_items)
    form: str = ""


def _columns(values: Any) -> tuple[Column, ...]:
    return tuple(each if isinstance(each, Column) else Column(**each) for each in values)


@attrs.frozen
class LoadedTable:
    """A table that was read from a file, and stands in a Parquet file.

    Attributes:
        name: its name, which SQL and Python take for a variable.
        path: the Parquet file.
        columns: its columns.
        row_count: how many rows it has.
        source: the file that it was read from, and the sheet or table in it.
        notes: what was assumed when it was read, in sentences.
    """

    name: str
    path: Path = attrs.field(converter=Path)
    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    row_count: int
    source: str = ""
    notes: tuple[str, ...] = attrs.field(default=(), converter=_items)

    def to_plain(self) -> dict[str, Any]:
        """Return the description as a dict that is JSON-ready; the rows stay in the file."""
        return {**attrs.asdict(self), "path": str(self.path)}

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> LoadedTable:
        """Return the table that a dict describes which `to_plain` gave."""
        return cls(**value)

    def to_pandas(self) -> Any:
        """Return the rows as a ``pandas.DataFrame``.

        Raises:
            ExtraMissingError: pandas is not installed.
        """
        return import_extra("pandas", "data", "LoadedTable.to_pandas").read_parquet(self.path)

    def to_duckdb(self, connection: Any) -> None:
        """Make the table a view of a DuckDB connection, under its name."""
        name = self.name.replace('"', '""')
        path = str(self.path).replace("'", "''")
        connection.execute(
            f"CREATE OR REPLACE VIEW \"{name}\" AS SELECT * FROM read_parquet('{path}')"
        )
