"""`open_database`: the database that a file, a table or a URL is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from agentcore.data.sql.database import Database
from agentcore.data.sql.duckdb_database import DuckDBDatabase
from agentcore.data.sql.sqlalchemy_database import SQLAlchemyDatabase

__all__ = ["open_database"]

_SQLITE: Final = (".db", ".sqlite", ".sqlite3")


def open_database(what: Any) -> Database:
    """Return the database that is meant.

    Args:
        what: a `Database`, which is returned as it is; a URL of SQLAlchemy, such as
            ``postgresql://user@host/name``; the path of a database file of SQLite or DuckDB; or
            what `DuckDBDatabase` takes: a table of `load_tables`, the path of a Parquet, CSV or
            JSON file, or several of these.

    Raises:
        DataFileError: a file is not there, or is of another kind.
        ValueError, TypeError: it is none of these.
        ExtraMissingError: a package of the extra ``data`` is not installed.
    """
    if not isinstance(what, str | Path | Iterable) and isinstance(what, Database):
        return what
    if isinstance(what, str) and "://" in what:
        return SQLAlchemyDatabase(what)
    if isinstance(what, str | Path) and Path(what).suffix.lower() in _SQLITE:
        return SQLAlchemyDatabase(f"sqlite:///{Path(what).absolute()}")
    return DuckDBDatabase(what)
