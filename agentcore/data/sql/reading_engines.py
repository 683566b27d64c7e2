"""How each engine of SQLAlchemy is opened and asked so that it only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from agentcore.base.data_errors import DataFileError
from agentcore.base.errors import ExtraMissingError
from agentcore.base.extras import import_extra

__all__ = [
    "DIALECTS",
    "EXPLAINING",
    "allow_reading_only",
    "begin_reading",
    "interrupt",
    "open_reading",
    "without_password",
    "writing_functions",
]

EXTRA: Final = ("data", "SQLAlchemyDatabase")
# What sqlglot calls the dialects of SQLAlchemy, where the names differ.
DIALECTS: Final[Mapping[str, str]] = {
    "postgresql": "postgres",
    "cockroachdb": "postgres",
    "mariadb": "mysql",
    "mssql": "tsql",
}
EXPLAINING: Final[Mapping[str, str]] = {
    "sqlite": "EXPLAIN",
    "postgresql": "EXPLAIN",
    "mysql": "EXPLAIN",
    "mariadb": "EXPLAIN",
}
_LONGEST: Final = 10_000_000  # bytes of a value in SQLite
_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
# What PostgreSQL calls volatile since it gives another value each time, and which changes nothing.
_CHANCE: Final = ("random", "gen_random_uuid", "clock_timestamp", "timeofday")
_VOLATILE: Final = (
    "SELECT min(proname) FROM pg_catalog.pg_proc "
    "WHERE provolatile = 'v' AND proname = ANY(string_to_array('{names}', ','))"
)


def open_reading(text: str) -> Any:
    """Return an engine for a URL.

    Raises:
        ValueError: it is no URL, one of a driver for ``async``, or one of SQLite without a file.
        DataFileError: the file of SQLite is not there.
        ExtraMissingError: the package of the driver is not installed.
    """
    sqlalchemy = import_extra("sqlalchemy", *EXTRA)
    try:
        url = sqlalchemy.make_url(text)
        backend = url.get_backend_name()
        dialect = url.get_dialect()
    except sqlalchemy.exc.ArgumentError as error:
        raise ValueError(
            "this is no URL of SQLAlchemy: it begins as sqlite:/// or postgresql:// does"
        ) from error
    if getattr(dialect, "is_async", False):
        raise ValueError(
            f"{url.drivername} is a driver for async code, and queries run on threads here: "
            f"leave it out, as in {backend}://..."
        )
    if backend == "sqlite":
        return _sqlite_engine(sqlalchemy, url)
    try:
        return sqlalchemy.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        package = "psycopg[binary]" if error.name == "psycopg" else error.name
        raise ExtraMissingError(
            f"{url.drivername} needs the package {error.name!r}, which is not installed: "
            f'pip install "{package}"'
        ) from error


def without_password(text: str) -> str:
    """Return a URL as it may be shown."""
    url = import_extra("sqlalchemy", *EXTRA).make_url(text)
    return str(url.render_as_string(hide_password=True))


def _sqlite_engine(sqlalchemy: Any, url: Any) -> Any:
    if not url.database or url.database == ":memory:":
        raise ValueError("a database of SQLite in memory is empty: give a file, sqlite:///FILE")
    path = Path(url.database).absolute()
    if not path.is_file():
        raise DataFileError(f"there is no file {path}", file=str(path))
    uri = f"file:{quote(str(path))}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA query_only = ON")
        return connection

    return sqlalchemy.create_engine("sqlite://", creator=connect, poolclass=sqlalchemy.NullPool)


def begin_reading(connection: Any, timeout: float) -> None:
    """Begin the transaction of a connection so that the engine lets it only read.

    Args:
        timeout: seconds after which an engine that can ends a statement by itself.
    """
    name = connection.dialect.name
    if name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(timeout * 1000))}")
    elif name in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()  # it holds for the transactions that begin after it


def allow_reading_only(connection: Any) -> None:
    """Let SQLite run what reads, and call functions, and nothing else, on this connection."""
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.set_authorizer(_authorise)


def _authorise(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def writing_functions(connection: Any, functions: Sequence[str]) -> str:
    """Return the name of a function that PostgreSQL itself holds to do more than read.

    Args:
        functions: the names that a query calls, in small letters.
    """
    names = [name for name in functions if name.isidentifier() and name not in _CHANCE]
    if connection.dialect.name != "postgresql" or not names:
        return ""
    found = connection.exec_driver_sql(_VOLATILE.format(names=",".join(names))).scalar_one()
    return str(found or "")


def interrupt(connection: Any) -> None:
    """End what a connection of a driver runs, if the driver can from another thread."""
    for method in ("interrupt", "cancel"):  # sqlite3; psycopg and psycopg2
        end = getattr(connection, method, None)
        if callable(end):
            with suppress(Exception):  # it was closed in between
                end()
            return
