"""The files behind a `DuckDBDatabase`, and a connection that can reach nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataError, DataFileError
from agentcore.base.extras import import_extra

__all__ = ["Source", "open_locked", "sources_of"]

_READERS: Final = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}
_DATABASES: Final = (".duckdb", ".ddb")


@attrs.frozen
class Source:
    """One file, and the table that it is.

    Attributes:
        name: the table's name.
        path: the file, absolute.
        reader: the function of DuckDB that reads it; empty for a database file.
    """

    name: str
    path: Path
    reader: str


def sources_of(tables: Any) -> tuple[Source, ...]:
    """Return the files that are given as tables, paths, lists or dicts of these.

    Raises:
        DataFileError: a file is not there, or is of another kind.
        ValueError: there is none, two have the same name, or a database file is not alone.
        TypeError: it is none of these.
    """
    if isinstance(tables, Mapping):
        sources = [_source(table, name) for name, table in tables.items()]
    elif isinstance(tables, Iterable) and not isinstance(tables, str):
        sources = [_source(table) for table in tables]
    else:
        sources = [_source(tables)]
    names = [source.name.lower() for source in sources]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise ValueError(f"two tables have the name {doubles[0]!r}: give a dict of names and files")
    if not sources:
        raise ValueError("a database has one table or more: give a file, or a list of files")
    if len(sources) > 1 and not all(source.reader for source in sources):
        raise ValueError("a database file of DuckDB is given alone, without other files")
    return tuple(sources)


def _source(table: Any, name: str = "") -> Source:
    path = getattr(table, "path", table)
    if not isinstance(path, str | Path):
        raise TypeError(f"a table is a path, or what load_tables gave, not {table!r:.200}")
    path = Path(path).absolute()
    name = name or (table.name if path is not table and hasattr(table, "columns") else "")
    if not path.is_file():
        raise DataFileError(f"there is no file {path}", file=str(path))
    kind = path.suffix.lower()
    if kind in _DATABASES:
        return Source(name or path.stem, path, "")
    if kind not in _READERS:
        raise DataFileError(
            f"{path.name} is no file that DuckDB reads as it is: load it with load_tables first, "
            f"or give one of {', '.join([*_READERS, *_DATABASES])}",
            file=str(path),
        )
    return Source(name or _identifier(path.stem), path, _READERS[kind])


def _identifier(stem: str) -> str:
    name = re.sub(r"\W+", "_", stem).strip("_").lower() or "data"
    return f"t_{name}" if name[0].isdigit() else name


def open_locked(sources: tuple[Source, ...], memory_limit: str) -> Any:
    """Return a connection that reads these files, and has no way to anything else.

    Raises:
        DataFileError: a file could not be read.
        DataError: the engine refused a setting.
    """
    duckdb = import_extra("duckdb", "data", "DuckDBDatabase")
    only = sources[0]
    try:
        if not only.reader:
            connection = duckdb.connect(str(only.path), read_only=True)
        else:
            connection = duckdb.connect(":memory:")
    except duckdb.Error as error:
        raise DataFileError(f"{only.path.name}: {error}", file=str(only.path)) from error
    try:
        # Before the files are read: one that is too large is told, and does not end the process.
        connection.execute("SET temp_directory = ''")
        connection.execute(f"SET memory_limit = {_text(memory_limit)}")
        for source in sources:
            _add(connection, source, duckdb)
        allowed = [str(source.path) for source in sources if source.reader == "read_parquet"]
        connection.execute(f"SET allowed_paths = [{', '.join(map(_text, allowed))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        connection.close()
        raise DataError(f"DuckDB could not be set up: {error}") from error
    except DataError:
        connection.close()
        raise
    return connection


def _add(connection: Any, source: Source, duckdb: Any) -> None:
    if not source.reader:
        return
    made = "VIEW" if source.reader == "read_parquet" else "TABLE"
    name = '"' + source.name.replace('"', '""') + '"'
    read = f"SELECT * FROM {source.reader}({_text(str(source.path))})"
    try:
        connection.execute(f"CREATE {made} {name} AS {read}")
    except duckdb.Error as error:
        raise DataFileError(f"{source.path.name}: {error}", file=str(source.path)) from error


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
