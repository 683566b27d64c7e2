"""The tables of a database, as SQLAlchemy finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.data.sql.plain_values import fetched_rows
from agentcore.data.sql.reading_check import quoted_name
from agentcore.data.sql.table_schema import ColumnSchema, TableSchema

__all__ = ["reflected_tables"]

EXTRA: Final = ("data", "SQLAlchemyDatabase")
_SAMPLE_ROWS: Final = 200
_MOST_TABLES: Final = 200


def reflected_tables(connection: Any, dialect: str, schema: str | None) -> Iterator[TableSchema]:
    """Give the tables and views of a schema, at most 200, each with some of its rows.

    Args:
        dialect: as sqlglot has it.
        schema: ``None`` for the user's own.

    Raises:
        SQLAlchemyError: they cannot be read.
    """
    sqlalchemy = import_extra("sqlalchemy", *EXTRA)
    inspector = sqlalchemy.inspect(connection)
    names = sorted(inspector.get_table_names(schema=schema))
    names += sorted(inspector.get_view_names(schema=schema))
    for name in names[:_MOST_TABLES]:
        found = inspector.get_columns(name, schema=schema)
        columns = tuple(
            ColumnSchema(each["name"], _kind(each["type"]), quoted_name(each["name"], dialect))
            for each in found
        )
        quoted = quoted_name(name, dialect)
        if schema is not None:
            quoted = f"{quoted_name(schema, dialect)}.{quoted}"
        some = sqlalchemy.select(sqlalchemy.text("*")).select_from(
            sqlalchemy.table(name, schema=schema)
        )
        result = connection.execute(some.limit(_SAMPLE_ROWS))
        rows, _ = fetched_rows(result.fetchmany, _SAMPLE_ROWS)
        result.close()
        yield TableSchema(name, quoted, columns, tuple(rows))


def _kind(kind: Any) -> str:
    try:
        return str(kind)
    except Exception:  # a type of another package that has no name without its engine
        return type(kind).__name__.upper()
