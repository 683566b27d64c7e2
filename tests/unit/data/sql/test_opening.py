"""`open_database`: what a file, a table or a URL is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentcore.data import Database, DuckDBDatabase, SQLAlchemyDatabase, open_database
from agentcore.errors import DataFileError


def test_each_kind_of_database_is_opened_by_what_it_is(sqlite_file: Path, tmp_path: Path) -> None:
    """A file of SQLite, its URL, a CSV file, several, and a database as it is."""
    csv = tmp_path / "sales.csv"
    csv.write_text("a,b\n1,2\n")
    for what in (sqlite_file, str(sqlite_file), f"sqlite:///{sqlite_file}"):
        assert isinstance(open_database(what), SQLAlchemyDatabase)
    for files in (csv, str(csv), [csv], {"mine": csv}):
        database = open_database(files)
        assert isinstance(database, DuckDBDatabase)
        assert isinstance(database, Database)
    assert open_database(database) is database


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Whatever its kind."""
    for name in ("none.db", "none.csv", "none.duckdb"):
        with pytest.raises(DataFileError, match="there is no file"):
            open_database(tmp_path / name)
    with pytest.raises(TypeError, match="path"):
        open_database(7)
