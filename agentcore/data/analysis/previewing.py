"""The first rows of tables, as an answer that no model is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from agentcore.data.answer import Answer, Step
from agentcore.data.sql.duckdb_database import DuckDBDatabase
from agentcore.data.sql.reading_check import quoted_name
from agentcore.data.table import Table
from agentcore.data.tables import LoadedTable, preview

__all__ = ["previewed"]

_ROWS: Final = 5
_TABLES: Final = 10


def previewed(question: str, tables: Sequence[LoadedTable]) -> Answer:
    """Return the first rows of the tables that a question names, or of all, as CSV.

    ``Answer.table`` has those of the first one. What was assumed of each is in the steps.
    """
    words = question.lower()
    named = [table for table in tables if table.name.lower() in words]
    shown = (named or list(tables))[:_TABLES]
    texts = [preview(table, _ROWS) for table in shown]
    steps = tuple(
        Step("preview", table.name, "\n".join(table.notes) or f"{table.row_count} rows")
        for table in shown
    )
    if len(shown) > 1:
        texts = [f"{table.name}:\n{text}" for table, text in zip(shown, texts, strict=True)]
    return Answer("\n".join(texts).rstrip("\n"), table=_rows(shown[0]), steps=steps)


def _rows(table: LoadedTable) -> Table:
    database = DuckDBDatabase([table])
    try:
        name = quoted_name(table.name, database.dialect)
        rows = database.run(f"SELECT * FROM {name}", row_limit=_ROWS)
    finally:
        database.close()
    return attrs.evolve(rows, row_count=table.row_count)
