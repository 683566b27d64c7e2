"""Files that do not fit into memory: DuckDB reads them piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.loaded_table import Column, LoadedTable
from agentcore.data.tables.names import column_names

__all__ = ["BIG", "read_big_csv"]

BIG: Final = 200 * 1024 * 1024  # bytes, from which on a file is not read into memory
_MEMORY: Final = "1GB"
_NULLS: Final = ["", "NA", "N/A", "NaN", "nan", "n/a", "null", "NULL", "None", "#N/A", "<NA>"]


def read_big_csv(path: Path, name: str, folder: Path, corrections: Corrections) -> LoadedTable:
    """Read a large file of separated values into a Parquet file, in bounded memory.

    Raises:
        DataFileError: it is no table, or the disk is full.
    """
    duckdb = import_extra("duckdb", "data", "reading large files")
    folder.mkdir(parents=True, exist_ok=True)
    target, draft = folder / f"{name}.parquet", folder / f".{name}.parquet"
    options: dict[str, Any] = {"na_values": _NULLS, "strict_mode": False}
    if corrections.header_row is not None:
        options |= {"skiprows": corrections.header_row, "header": True}
    if corrections.separator:
        options["sep"] = corrections.separator
    if corrections.encoding:
        options["encoding"] = corrections.encoding
    try:
        with duckdb.connect(config={"memory_limit": _MEMORY}) as connection:
            connection.execute("SET preserve_insertion_order = false")
            rows = connection.read_csv(str(path), **options)
            originals = list(rows.columns)
            names = column_names(originals)
            quoted = (
                f'"{old.replace(chr(34), chr(34) * 2)}" AS "{new.replace(chr(34), chr(34) * 2)}"'
                for old, new in zip(originals, names, strict=True)
            )
            rows.project(", ".join(quoted)).write_parquet(str(draft))
            table = _described(connection, draft, names, originals)
        draft.replace(target)
    except (duckdb.Error, OSError) as error:
        draft.unlink(missing_ok=True)
        raise DataFileError(
            f"{path.name} could not be read as a table: {str(error)[:400]}", file=str(path)
        ) from error
    note = "The file is large: it was read by DuckDB, which decided on the columns' types."
    return LoadedTable(name, target, table[0], table[1], str(path), (note,))


def _described(
    connection: Any, path: Path, names: list[str], originals: list[str]
) -> tuple[tuple[Column, ...], int]:
    rows = connection.read_parquet(str(path))
    kinds = [_kind(str(each)) for each in rows.types]
    head = rows.limit(1_000).fetchall()
    count = rows.aggregate("count(*)").fetchall()[0][0]
    columns = []
    for number, name in enumerate(names):
        quoted = name.replace('"', '""')
        missing = rows.aggregate(f'count(*) - count("{quoted}")').fetchall()[0][0]
        seen = list(dict.fromkeys(row[number] for row in head if row[number] is not None))[:3]
        plain = tuple(v if isinstance(v, (bool, int, float, str)) else str(v) for v in seen)
        columns.append(Column(name, originals[number], kinds[number], missing, plain))
    return tuple(columns), count


def _kind(type_: str) -> str:
    if type_ == "BOOLEAN":
        return "bool"
    if type_.endswith(("INT", "INTEGER")):
        return "int"
    if type_ in ("DOUBLE", "FLOAT") or type_.startswith("DECIMAL"):
        return "float"
    return "date" if type_.startswith(("DATE", "TIMESTAMP")) else "text"
