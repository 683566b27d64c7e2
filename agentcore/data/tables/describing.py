"""What a table has, in words: for prompts, and for people."""

from __future__ import annotations

from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.data.tables.loaded_table import Column, LoadedTable

__all__ = ["preview", "profile"]

_LONGEST: Final = 30  # characters of an example
_HINTS: Final = {
    "numbers in text": (
        "as numbers: {variable}[{name!r}]" r".str.extract(r'(-?\d+\.?\d*)')[0].astype(float)"
    ),
    "HH:MM:SS": "in seconds: pd.to_timedelta({variable}[{name!r}]).dt.total_seconds()",
}


def profile(table: LoadedTable, *, variable: str = "", limit: int = 60) -> str:
    """Return what a table has, for a model that is to write code: few tokens, and no more rows.

    Args:
        table: the table.
        variable: the variable in which the code finds it; by default its name.
        limit: how many columns are described; the others are only named.
    """
    variable = variable or table.name
    lines = [
        f"The DataFrame `{variable}` has {table.row_count} rows and these columns "
        "(name: kind; examples):"
    ]
    lines += [_line(column, variable) for column in table.columns[:limit]]
    if len(table.columns) > limit:
        names = ", ".join(repr(column.name) for column in table.columns[limit:])
        lines.append(f"and {names}"[:2_000])
    lines += [note for note in table.notes if note.startswith("Above the header")]
    return "\n".join(lines)


def _line(column: Column, variable: str) -> str:
    missing = f", {column.missing} missing" if column.missing else ""
    examples = ", ".join(map(_shown, column.examples))
    line = f"{column.name!r}: {column.kind}{missing}; {examples}"
    hint = _HINTS.get(column.form, "").format(variable=variable, name=column.name)
    return f"{line} ({hint})" if hint else line


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def preview(table: LoadedTable, rows: int = 5) -> str:
    """Return the first rows of a table as CSV.

    Raises:
        ExtraMissingError: duckdb is not installed.
    """
    duckdb = import_extra("duckdb", "data", "preview")
    with duckdb.connect() as connection:
        relation = connection.read_parquet(str(table.path)).limit(rows)
        text: str = relation.df().to_csv(index=False)
    return text
