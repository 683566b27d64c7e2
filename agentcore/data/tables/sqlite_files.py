"""Reading databases of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.excel_files import chosen
from agentcore.data.tables.frames import Found, Frame, settled

__all__ = ["read_sqlite"]

_CHUNK: Final = 50_000  # rows
_NAMES: Final = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite_%' ORDER BY name"
)


def read_sqlite(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read each table and view of a SQLite file, which is opened to be read only.

    Raises:
        DataFileError: it is none, or has no such table.
    """
    try:
        with closing(_connected(path)) as connection:
            names = [str(name) for (name,) in connection.execute(_NAMES)]
            for name in chosen(names, corrections, path, "table"):
                columns = tuple(each[0] for each in _selected(connection, name).description)
                found = Found(name, columns, _chunks(connection, name))
                yield settled(found, corrections)
    except sqlite3.Error as error:
        raise DataFileError(
            f"{path.name} cannot be read as a database of SQLite: {error}", file=str(path)
        ) from error


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _selected(connection: sqlite3.Connection, name: str) -> sqlite3.Cursor:
    quoted = name.replace('"', '""')
    return connection.execute(f'SELECT * FROM "{quoted}"')


def _chunks(connection: sqlite3.Connection, name: str) -> Any:
    def chunks(_: Collection[int]) -> Iterator[Any]:
        pandas = import_extra("pandas", "data", "reading files")
        cursor = _selected(connection, name)
        width = range(len(cursor.description))
        while rows := cursor.fetchmany(_CHUNK):
            values = [[_value(value) for value in row] for row in rows]
            yield pandas.DataFrame(values, columns=width, dtype=object)

    return chunks


def _value(value: Any) -> Any:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value
