"""`SQLAlchemyDatabase`: any database that SQLAlchemy reaches, which is only read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from agentcore.base.data_errors import DataError, QueryRefusedError, QueryTimeoutError
from agentcore.base.extras import import_extra, require_extra
from agentcore.data.sql.database import ROW_LIMIT, TIMEOUT
from agentcore.data.sql.near_names import hint_for
from agentcore.data.sql.plain_values import fetched_rows
from agentcore.data.sql.query_errors import query_error
from agentcore.data.sql.reading_check import check_reading
from agentcore.data.sql.reading_engines import (
    DIALECTS,
    EXPLAINING,
    allow_reading_only,
    begin_reading,
    interrupt,
    open_reading,
    without_password,
    writing_functions,
)
from agentcore.data.sql.reflection import reflected_tables
from agentcore.data.sql.table_schema import TableSchema, schema_text
from agentcore.data.sql.time_limit import Interruptible, Running
from agentcore.data.table import Table

__all__ = ["SQLAlchemyDatabase"]

EXTRA: Final = ("data", "SQLAlchemyDatabase")


class SQLAlchemyDatabase:
    """A database that SQLAlchemy reaches by a URL, which is only read.

    Each query is parsed, and refused unless it is one statement that reads. Then the engine holds
    the rest back: a file of SQLite is opened so that it cannot be written, and PostgreSQL runs the
    query in a transaction that only reads, and ends it after its time. Every transaction is rolled
    back. A query has the rights of the URL's user: for other databases than these two, give one
    who may only read.

    It connects at its first use, and pickles as its URL, so that another process connects itself.

    Args:
        url: of SQLAlchemy, such as ``sqlite:///shop.db`` or ``postgresql://user@host/shop``.
        schema: the schema whose tables are told; by default that of the user.

    Raises:
        ValueError: it is no URL, one of a driver for ``async``, or one of SQLite without a file.
        ExtraMissingError: sqlalchemy, sqlglot or the driver is not installed.
    """

    def __init__(self, url: Any, *, schema: str | None = None) -> None:
        for package in ("sqlalchemy", "sqlglot"):
            require_extra(package, *EXTRA)
        self._begin(str(url) if isinstance(url, str) else _text_of(url), schema)
        self._engine = open_reading(self._url)
        self.dialect = DIALECTS.get(self._engine.dialect.name, self._engine.dialect.name)

    def _begin(self, url: str, schema: str | None) -> None:
        self._url = url
        self._schema = schema
        self._lock = threading.Lock()
        self._tables: tuple[TableSchema, ...] | None = None
        self._queries = Interruptible()

    def __repr__(self) -> str:
        return f"<SQLAlchemyDatabase {without_password(self._url)}>"

    def __reduce__(self) -> Any:
        return partial(SQLAlchemyDatabase, schema=self._schema), (self._url,)

    def tables(self) -> tuple[TableSchema, ...]:
        """Return the tables, with a few of their rows; see `Database.tables`."""
        if self._tables is None:
            errors = import_extra("sqlalchemy.exc", *EXTRA)
            try:
                with self._reading(TIMEOUT) as connection:
                    found = reflected_tables(connection, self.dialect, self._schema)
                    self._tables = tuple(found)
            except errors.SQLAlchemyError as error:
                raise DataError(f"the tables could not be read: {_words(error)}") from error
        return self._tables

    def schema(self) -> str:
        """Return the tables and their columns as a text for a model; see `Database.schema`."""
        return schema_text(self.tables())

    def check(self, sql: str) -> str:
        """Return the query, once it has passed the checks; see `Database.check`.

        Databases other than SQLite, PostgreSQL, MySQL and MariaDB are not asked for a plan.
        """
        explain = EXPLAINING.get(self._engine.dialect.name)
        with self._running(sql, TIMEOUT) as (connection, checked):
            if explain:
                _execute(connection, f"{explain} {checked}").close()
        return checked

    def run(self, sql: str, *, row_limit: int = ROW_LIMIT, timeout: float = TIMEOUT) -> Table:
        """Return the rows of a query; see `Database.run`."""
        with self._running(sql, timeout) as (connection, checked):
            # Only the rows that are wanted leave a server.
            connection.execution_options(stream_results=True)
            result = _execute(connection, checked)
            columns = list(result.keys())
            rows, cut = fetched_rows(result.fetchmany, row_limit)
            result.close()
            if not cut:
                return Table(columns, rows)
            connection.execution_options(stream_results=False)
            counted = _execute(connection, f"SELECT count(*) FROM ({checked}) AS counted")
            return Table(columns, rows, counted.scalar_one())

    @contextmanager
    def _running(self, sql: str, timeout: float) -> Iterator[tuple[Any, str]]:
        """Give a connection, and the query as it is to be run, for one query."""
        checked = check_reading(sql, self.dialect)
        errors = import_extra("sqlalchemy.exc", *EXTRA)
        query: Running | None = None
        try:
            with self._reading(timeout) as connection:
                refused = writing_functions(connection, checked.functions)
                if refused:
                    raise QueryRefusedError(
                        f"the query calls {refused}, which may do more than read: leave it out",
                        sql=sql,
                    )
                allow_reading_only(connection)
                driver = connection.connection.dbapi_connection
                with self._queries.running(partial(interrupt, driver), timeout) as query:
                    yield connection, checked.sql
        except errors.SQLAlchemyError as error:
            words = _words(error)
            if (query is not None and query.timed_out) or "statement timeout" in words:
                text = f"the query took longer than {timeout:g} s"
                raise QueryTimeoutError(text, sql=sql) from error
            raise query_error(words, sql, hint_for(words, self.tables())) from error

    @contextmanager
    def _reading(self, timeout: float) -> Iterator[Any]:
        """Give a connection whose transaction only reads, and is rolled back."""
        errors = import_extra("sqlalchemy.exc", *EXTRA)
        try:
            connection = self._engine.connect()
        except errors.SQLAlchemyError as error:
            raise DataError(f"{self!r} cannot be reached: {_words(error)}") from error
        with connection:
            try:
                begin_reading(connection, timeout)
                yield connection
            finally:
                connection.rollback()

    def interrupt(self) -> None:
        """End the queries that run now; see `Database.interrupt`."""
        self._queries.interrupt()

    def close(self) -> None:
        """Close the connections; see `Database.close`."""
        self.interrupt()
        self._tables = None
        self._engine.dispose()


def _text_of(url: Any) -> str:
    render = getattr(url, "render_as_string", None)
    if render is None:
        raise ValueError(f"a URL of SQLAlchemy is a text, not {type(url).__name__}")
    return str(render(hide_password=False))


def _execute(connection: Any, sql: str) -> Any:
    # As it is: neither ``:name`` nor ``%`` in it is a parameter.
    return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _words(error: Any) -> str:
    return str(getattr(error, "orig", None) or error)
