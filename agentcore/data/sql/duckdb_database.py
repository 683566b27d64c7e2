"""`DuckDBDatabase`: tables in files, asked with DuckDB, which is embedded in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from agentcore.base.data_errors import DataError, QueryRefusedError
from agentcore.base.extras import import_extra, require_extra
from agentcore.data.sql.database import ROW_LIMIT, TIMEOUT
from agentcore.data.sql.duckdb_sources import Source, open_locked, sources_of
from agentcore.data.sql.near_names import hint_for
from agentcore.data.sql.plain_values import fetched_rows, plain_value
from agentcore.data.sql.query_errors import query_error
from agentcore.data.sql.reading_check import HINT, check_reading, quoted_name
from agentcore.data.sql.table_schema import ColumnSchema, TableSchema, schema_text
from agentcore.data.sql.time_limit import Interruptible, Running
from agentcore.data.table import Table

__all__ = ["DuckDBDatabase"]

SAMPLE_ROWS: Final = 200
_COLUMNS: Final = """
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'pg_catalog')
ORDER BY table_schema, table_name, ordinal_position
"""


class DuckDBDatabase:
    """Tables in files, asked with SQL of DuckDB, which only reads them.

    It opens at its first use, and reads nothing but its files then: DuckDB has no access to other
    files, to the network or to extensions, and its settings are locked. It pickles as the names of
    its files, so that another process opens them itself.

    Args:
        tables: what to ask: a table that `load_tables` gave, or the path of a Parquet, CSV or JSON
            file, or several of these in a list, or in a dict by the names that they are to have; or
            the path of a database file of DuckDB. Parquet files are read at each query; CSV and
            JSON are read once, into memory.
        memory_limit: how much memory the engine may take, in its own words.

    Raises:
        DataFileError: a file is not there, or is of another kind.
        ExtraMissingError: duckdb or sqlglot is not installed.
        ValueError: there is no table, or two have the same name.
    """

    dialect = "duckdb"

    def __init__(self, tables: Any, *, memory_limit: str = "1GB") -> None:
        require_extra("duckdb", "data", "DuckDBDatabase")
        require_extra("sqlglot", "data", "DuckDBDatabase")
        self._begin(sources_of(tables), memory_limit)

    def _begin(self, sources: tuple[Source, ...], memory_limit: str) -> None:
        self._sources = sources
        self._memory_limit = memory_limit
        self._lock = threading.Lock()
        self._connection: Any = None
        self._tables: tuple[TableSchema, ...] | None = None
        self._queries = Interruptible()

    def __repr__(self) -> str:
        return f"<DuckDBDatabase {', '.join(source.name for source in self._sources)}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"sources": self._sources, "memory_limit": self._memory_limit}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._begin(**state)

    def _cursor(self) -> Any:
        """Return a connection of its own for one query, so that threads do not share one."""
        with self._lock:
            if self._connection is None:
                self._connection = open_locked(self._sources, self._memory_limit)
            return self._connection.cursor()

    def tables(self) -> tuple[TableSchema, ...]:
        """Return the tables, with a few of their rows; see `Database.tables`."""
        if self._tables is None:
            cursor = self._cursor()
            try:
                self._tables = tuple(_tables(cursor))
            except import_extra("duckdb", "data", "DuckDBDatabase").Error as error:
                raise DataError(f"the tables could not be read: {error}") from error
            finally:
                cursor.close()
        return self._tables

    def schema(self) -> str:
        """Return the tables and their columns as a text for a model; see `Database.schema`."""
        return schema_text(self.tables())

    def check(self, sql: str) -> str:
        """Return the query, once it has passed the checks; see `Database.check`."""
        checked = self._checked(sql)
        with self._running(checked, TIMEOUT) as (cursor, _):
            cursor.execute(f"EXPLAIN {checked}")
        return checked

    def run(self, sql: str, *, row_limit: int = ROW_LIMIT, timeout: float = TIMEOUT) -> Table:
        """Return the rows of a query; see `Database.run`."""
        checked = self._checked(sql)
        with self._running(checked, timeout) as (cursor, _):
            cursor.execute(checked)
            columns = [column[0] for column in cursor.description]
            rows, cut = fetched_rows(cursor.fetchmany, row_limit)
            if not cut:
                return Table(columns, rows)
            reading = check_reading(sql, self.dialect).sql
            count = f"SELECT count(*) FROM ({reading}) AS counted"
            return Table(columns, rows, cursor.execute(count).fetchall()[0][0])

    def _checked(self, sql: str) -> str:
        check_reading(sql, self.dialect)
        duckdb = import_extra("duckdb", "data", "DuckDBDatabase")
        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as error:
            raise query_error(str(error), sql) from error
        # The engine reads the text once more, in its own way.
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryRefusedError(f"the text is no query that only reads: {HINT}", sql=sql)
        return str(statements[0].query).strip().rstrip(";")

    @contextmanager
    def _running(self, sql: str, timeout: float) -> Iterator[tuple[Any, Running]]:
        duckdb = import_extra("duckdb", "data", "DuckDBDatabase")
        cursor = self._cursor()
        try:
            with self._queries.running(cursor.interrupt, timeout) as query:
                try:
                    yield cursor, query
                except duckdb.InterruptException as error:
                    raise query.error(sql, timeout) from error
                except duckdb.Error as error:
                    hint = hint_for(str(error), self.tables())
                    raise query_error(str(error), sql, hint) from error
        finally:
            cursor.close()

    def interrupt(self) -> None:
        """End the queries that run now; see `Database.interrupt`."""
        self._queries.interrupt()

    def close(self) -> None:
        """Close the database; see `Database.close`."""
        self.interrupt()
        with self._lock:
            connection, self._connection, self._tables = self._connection, None, None
        if connection is not None:
            connection.close()


def _tables(cursor: Any) -> Iterator[TableSchema]:
    found: dict[tuple[str, str], list[ColumnSchema]] = {}
    for schema, table, column, kind in cursor.execute(_COLUMNS).fetchall():
        quoted = quoted_name(column, "duckdb")
        found.setdefault((schema, table), []).append(ColumnSchema(column, kind, quoted))
    for (schema, table), columns in found.items():
        name = quoted_name(table, "duckdb")
        if schema != "main":
            name = f"{quoted_name(schema, 'duckdb')}.{name}"
        rows = cursor.execute(f"SELECT * FROM {name} LIMIT {SAMPLE_ROWS}").fetchall()
        plain = tuple(tuple(plain_value(value) for value in row) for row in rows)
        yield TableSchema(table, name, tuple(columns), plain)
