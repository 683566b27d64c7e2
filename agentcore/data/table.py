"""`Table`: the rows behind an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from agentcore.base.extras import import_extra

__all__ = ["Table"]


def _as_rows(rows: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)


@attrs.frozen
class Table:
    """Rows with named columns, as plain values that JSON has.

    Attributes:
        columns: the names of the columns.
        rows: the rows; dates are texts in the form of ISO 8601.
        row_count: how many rows there were, as only the first of many are kept.
    """

    columns: tuple[str, ...] = attrs.field(converter=tuple)
    rows: tuple[tuple[Any, ...], ...] = attrs.field(converter=_as_rows)
    row_count: int = attrs.field()

    @row_count.default
    def _all_rows(self) -> int:
        return len(self.rows)

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Table:
        """Return the table that stands in ``{"columns": ..., "rows": ..., "row_count": ...}``."""
        rows: Sequence[Sequence[Any]] = value["rows"]
        return cls(value["columns"], rows, value.get("row_count", len(rows)))

    def to_plain(self) -> dict[str, Any]:
        """Return the table as a dict that is JSON-ready, as metadata of a message must be."""
        return {
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "row_count": self.row_count,
        }

    def to_pandas(self) -> Any:
        """Return the rows as a ``pandas.DataFrame``.

        Raises:
            ExtraMissingError: pandas is not installed.
        """
        pandas = import_extra("pandas", "data", "Table.to_pandas")
        return pandas.DataFrame([list(row) for row in self.rows], columns=list(self.columns))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give each row as a dict by column names."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)
