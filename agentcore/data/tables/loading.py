"""`load_tables`: reads files of many kinds as tables."""

from __future__ import annotations

import glob
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from agentcore.base.data_errors import DataFileError
from agentcore.data.tables.big_files import BIG, read_big_csv
from agentcore.data.tables.corrections import Corrections, corrections_from
from agentcore.data.tables.csv_files import read_csv
from agentcore.data.tables.frames import Frame, written
from agentcore.data.tables.loaded_table import LoadedTable
from agentcore.data.tables.names import table_name
from agentcore.data.tables.other_files import read_excel, read_json, read_parquet, read_sqlite

__all__ = ["is_table_file", "load_tables"]

_Reader: TypeAlias = Callable[[Path, Corrections], Iterator[Frame]]
_READERS: Final[dict[str, _Reader]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".psv"), read_csv),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), read_excel),
    **dict.fromkeys((".parquet", ".pq"), read_parquet),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), read_json),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db"), read_sqlite),
}
_KINDS: Final = "CSV, Excel, Parquet, JSON lines and SQLite are read"


def is_table_file(path: Path) -> bool:
    """Return whether a file has the ending of one that is read as a table."""
    return _ending(path) in _READERS and _ending(path) != ".txt"


def _ending(path: Path) -> str:
    endings = [each.lower() for each in path.suffixes]
    if endings and endings[-1] == ".gz":
        endings.pop()
    return endings[-1] if endings else ""


def load_tables(
    *sources: str | Path, folder: str | Path, **corrections: Any
) -> tuple[LoadedTable, ...]:
    """Read files as tables, and keep each as a Parquet file in a folder.

    Args:
        sources: files, globs, and folders of which all files are read that may be tables.
        folder: where the Parquet files go; it is made if it is not there.
        corrections: how the files are to be read where the guess would be wrong: ``header`` (the
            row, from 1), ``sheet`` (a name or a number, from 1), ``encoding``, ``separator``,
            ``decimal``, ``types`` (by columns).

    Returns:
        the tables; a workbook or database has one for each sheet or table. What was assumed is in
        their ``notes``.

    Raises:
        DataFileError: a file is not there, is empty, or is no table; nothing is kept then.
        TypeError, ValueError: there is no such correction.
        ExtraMissingError: the extra ``data`` is not installed.
    """
    given, place = corrections_from(corrections), Path(folder)
    tables: list[LoadedTable] = []
    try:
        for path in itertools.chain.from_iterable(map(_files, sources)):
            taken = [table.name for table in tables]
            tables += _loaded(path, place, given, taken)
    except BaseException:
        for table in tables:
            table.path.unlink(missing_ok=True)
        raise
    return tuple(tables)


def _files(source: str | Path) -> list[Path]:
    """Return the files that a source names.

    Raises:
        DataFileError: there are none.
    """
    path = Path(source)
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and is_table_file(each))
        if not found:
            raise DataFileError(f"the folder {path} has no tables: {_KINDS}", file=str(path))
        return found
    if path.is_file():
        return [path]
    if glob.has_magic(str(source)):
        found = sorted(Path(each) for each in glob.glob(str(source), recursive=True))
        if found:
            return [each for each in found if each.is_file()]
        raise DataFileError(f"no file is named like {source}", file=str(source))
    raise DataFileError(f"there is no file {source}", file=str(source))


def _loaded(
    path: Path, folder: Path, corrections: Corrections, taken: list[str]
) -> list[LoadedTable]:
    reader = _READERS.get(_ending(path))
    if reader is None:
        raise DataFileError(
            f"{path.name} is of no kind that is read as a table: {_KINDS}", file=str(path)
        )
    stem = path.name.split(".")[0] or path.stem
    if reader is read_csv and path.stat().st_size > BIG:
        return [read_big_csv(path, table_name(stem, taken), folder, corrections)]
    tables: list[LoadedTable] = []
    try:
        for frame in reader(path, corrections):
            name = table_name(f"{stem}_{frame.part}" if frame.part else stem, taken)
            source = f"{path} ({frame.part})" if frame.part else str(path)
            tables.append(written(frame, name, source, folder))
            taken = [*taken, name]
    except BaseException as error:
        for table in tables:
            table.path.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, DataFileError):
            raise DataFileError(
                f"{path.name} could not be read: {error}", file=str(path)
            ) from error
        raise
    if not tables:
        raise DataFileError(f"{path.name} has no table: all its sheets are empty", file=str(path))
    return tables
