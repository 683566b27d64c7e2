"""Reading JSON and Parquet, whose values have types: DuckDB reads them piece by piece."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.encodings import encoding_of, opened_text
from agentcore.data.tables.frames import Frame, known_types
from agentcore.data.tables.names import column_names

__all__ = ["read_json", "read_parquet"]

_MEMORY: Final = "1GB"
_BATCH: Final = 50_000  # rows
_OBJECT: Final = 64 * 1024 * 1024  # bytes of a JSON object
_DEEPEST: Final = 5
_WIDEST: Final = 100  # fields of an object that become columns
_GIVEN: Final = {
    "text": "VARCHAR", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN", "date": "TIMESTAMP",
}  # fmt: skip


@attrs.frozen
class _Field:
    """A column, and the SQL that gives it."""

    name: str
    sql: str


def read_parquet(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read a Parquet file.

    Raises:
        DataFileError: it is none.
    """
    with _engine(path, "a Parquet file") as engine:
        yield _frame(engine, f"read_parquet({_text(path)})", corrections, path)


def read_json(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read JSON lines, a JSON array of objects, or an object that has nothing but one.

    The values of objects in objects are columns of their own, as ``address.city``; lists are texts
    of JSON.

    Raises:
        DataFileError: it is none of these.
        OSError: it cannot be read.
    """
    encoding = corrections.encoding or encoding_of(path)
    with tempfile.TemporaryDirectory(prefix="agentcore-json-") as folder:
        plain = path if encoding == "utf-8" else _recoded(path, encoding, Path(folder))
        with plain.open("rb") as file:
            packed = "gzip" if file.read(2) == b"\x1f\x8b" else "uncompressed"
        options = (
            f"sample_size = -1, map_inference_threshold = -1, compression = '{packed}', "
            f"maximum_object_size = {_OBJECT}"
        )
        rows = f"read_json({_text(plain)}, {options})"
        with _engine(path, "JSON with an object for each row") as engine:
            _check_objects(engine, plain, packed, rows, path)
            notes = [] if encoding == "utf-8" else [f"The encoding was taken for {encoding}."]
            yield _frame(engine, _unwrapped(engine, rows), corrections, path, notes)


def _recoded(path: Path, encoding: str, folder: Path) -> Path:
    copy = folder / "copy.json"
    with opened_text(path, encoding) as old, copy.open("w", encoding="utf-8", newline="") as new:
        shutil.copyfileobj(old, new)
    return copy


@contextmanager
def _engine(path: Path, what: str) -> Iterator[Any]:
    """Give a DuckDB of its own.

    Raises:
        DataFileError: it could not read the file.
    """
    duckdb = import_extra("duckdb", "data", "reading files")
    config = {
        "memory_limit": _MEMORY,
        "autoinstall_known_extensions": "false",
        "temp_directory": "",
        "threads": "2",
    }
    try:
        with duckdb.connect(config=config) as engine:
            engine.execute("SET TimeZone = 'UTC'")
            yield engine
    except duckdb.Error as error:
        reason = str(error).split("\n")[0].split(": ", 1)[-1]
        reason = re.sub(r'\s*in file "[^"]*",?', "", reason)
        raise DataFileError(
            f"{path.name} cannot be read as {what}: {reason[:300]}", file=str(path)
        ) from error


def _text(value: Any) -> str:
    # A name of a file is a pattern to DuckDB.
    name = re.sub(r"([*?\[])", r"[\1]", str(value))
    return "'" + name.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _columns(engine: Any, rows: str) -> list[tuple[str, Any]]:
    relation = engine.sql(f"SELECT * FROM {rows}")
    return list(zip(relation.columns, relation.types, strict=True))


def _check_objects(engine: Any, plain: Path, packed: str, rows: str, path: Path) -> None:
    """Check that each row is an object; DuckDB takes other values for a column ``json``.

    Raises:
        DataFileError: one is not, or there is none.
    """
    if [name for name, _ in _columns(engine, rows)] != ["json"]:
        return
    objects = f"read_json_objects({_text(plain)}, compression = '{packed}')"
    kinds = engine.sql(f"SELECT DISTINCT json_type(json) FROM {objects}").fetchall()
    if kinds != [("OBJECT",)]:
        raise DataFileError(
            f"{path.name} is no table: it is to have a JSON object for each row", file=str(path)
        )


def _unwrapped(engine: Any, rows: str) -> str:
    """Return the rows that stand in lists of a single object, as ``{"data": [...]}``."""
    columns = _columns(engine, rows)
    lists = all(kind.id == "list" for _, kind in columns)
    if not lists or (len(columns) == 1 and dict(columns[0][1].children)["child"].id != "struct"):
        return rows
    if len(engine.sql(f"SELECT 1 FROM {rows} LIMIT 2").fetchall()) != 1:
        return rows
    if len(columns) == 1:
        name = _quoted(columns[0][0])
        return f"(SELECT unnest(row) FROM (SELECT unnest({name}) AS row FROM {rows}))"
    parts = ", ".join(f"unnest({_quoted(name)}) AS {_quoted(name)}" for name, _ in columns)
    return f"(SELECT {parts} FROM {rows})"


def _frame(
    engine: Any, rows: str, corrections: Corrections, path: Path, notes: list[str] | None = None
) -> Frame:
    fields: list[_Field] = []
    for name, kind in _columns(engine, rows):
        fields += _fields(name, _quoted(name), kind)
    names = column_names([field.name for field in fields])
    if not names:
        raise DataFileError(f"{path.name} has no columns", file=str(path))
    types = known_types(names, [field.name for field in fields], corrections)
    chosen = ", ".join(map(_selected, fields, names, [types] * len(names)))
    relation = engine.sql(f"SELECT {chosen} FROM {rows}")
    # Its name was another in DuckDB 1.
    reading = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    reader = reading(_BATCH)
    pyarrow = import_extra("pyarrow", "data", "reading files")
    batches = (pyarrow.Table.from_batches([batch]) for batch in reader)
    originals = tuple(field.name for field in fields)
    return Frame("", originals, reader.schema, batches, tuple(notes or ()))


def _selected(field: _Field, name: str, types: Mapping[str, str]) -> str:
    sql = f"CAST({field.sql} AS {_GIVEN[types[name]]})" if name in types else field.sql
    return f"{sql} AS {_quoted(name)}"


def _fields(name: str, sql: str, kind: Any, depth: int = 0) -> list[_Field]:
    """Return the columns that a column becomes: an object has one for each of its values."""
    word = str(kind)
    if kind.id == "struct" and depth < _DEEPEST and len(kind.children) <= _WIDEST:
        return [
            field
            for key, inner in kind.children
            for field in _fields(f"{name}.{key}", f"{sql}[{_key(key)}]", inner, depth + 1)
        ]
    if word == "JSON":
        sql = f"{sql} ->> '$'"
    elif word in ("HUGEINT", "UHUGEINT") or kind.id == "decimal":
        sql = f"CAST({sql} AS DOUBLE)"
    elif word == "DATE" or word.startswith("TIMESTAMP"):
        sql = f"CAST({sql} AS TIMESTAMP)"
    elif word == "BLOB":
        sql = f"'<' || octet_length({sql}) || ' bytes>'"
    elif kind.id in ("struct", "list", "map", "array", "union"):
        sql = f"CAST(to_json({sql}) AS VARCHAR)"
    elif kind.id == "enum" or word in ("UUID", "INTERVAL") or word.startswith(("TIME", "BIT")):
        sql = f"CAST({sql} AS VARCHAR)"
    return [_Field(name, f"({sql})")]


def _key(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"
