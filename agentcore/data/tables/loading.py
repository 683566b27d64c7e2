"""`load_tables`: reads files of many kinds as tables."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import zlib
from pathlib import Path
from typing import Any

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra, require_extra
from agentcore.data.tables.corrections import Corrections, corrections_from
from agentcore.data.tables.file_kinds import reader_of
from agentcore.data.tables.loaded_table import LoadedTable
from agentcore.data.tables.names import table_name
from agentcore.data.tables.sources import files_of
from agentcore.data.tables.writing import source_in, written

__all__ = ["load_tables"]


def load_tables(
    *sources: str | Path, folder: str | Path, **corrections: Any
) -> tuple[LoadedTable, ...]:
    """Read files as tables, and keep each as a Parquet file in a folder.

    The memory that this takes does not grow with the size of a file; a workbook of Excel, though,
    is in memory as a whole.

    Args:
        sources: files, globs, and folders of which all files are read that may be tables.
        folder: where the Parquet files go; it is made if it is not there. A file that was read
            into it before is read anew; other files there stay as they are.
        corrections: how the files are to be read where the guess would be wrong: ``header`` (the
            row, from 1, or two of them; ``False`` for none), ``sheet`` (a name, or a number from 1;
            the table, of a database), ``encoding``, ``separator``, ``decimal``, ``types`` (a dict
            of columns and ``text``, ``int``, ``float``, ``bool`` or ``date``), ``skip`` (how many
            rows at the top are left out, or a list of rows, from 1).

    Returns:
        the tables; a workbook or database has one for each sheet or table. What was assumed is in
        their ``notes``.

    Raises:
        DataFileError: a file is not there, is empty, or is no table, or the disk is full; nothing
            is kept then, of any of the files.
        TypeError, ValueError: there is no such correction.
        ExtraMissingError: the extra ``data`` is not installed.
    """
    given, place = corrections_from(corrections), Path(folder)
    for package in ("pandas", "pyarrow", "duckdb"):
        require_extra(package, "data", "load_tables")
    files = files_of(sources)
    try:
        made = _made(place)
        drafts = Path(tempfile.mkdtemp(prefix=".reading-", dir=place))
    except OSError as error:
        raise _not_kept(place, error) from error
    try:
        tables: list[LoadedTable] = []
        for path in files:
            tables += _loaded(path, place, drafts, given, tables)
        for table in tables:
            os.replace(drafts / table.path.name, table.path)
    except OSError as error:
        raise _not_kept(place, error) from error
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
        for empty in made:
            if not any(empty.iterdir()):
                empty.rmdir()
    return tuple(tables)


def _made(folder: Path) -> list[Path]:
    """Make a folder, and return what had to be made, the innermost first."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return made


def _loaded(
    path: Path, folder: Path, drafts: Path, corrections: Corrections, before: list[LoadedTable]
) -> list[LoadedTable]:
    """Read a file, and write its tables as drafts.

    Raises:
        DataFileError: it is no table, or the disk is full.
    """
    tables: list[LoadedTable] = []
    reader = reader_of(path)
    try:
        for frame in reader.read(path, corrections):
            source = f"{path} ({frame.part})" if frame.part else str(path)
            text = reader.name_of(path, frame.part)
            taken = {table.name for table in (*before, *tables)}
            name = _name(text, taken, folder, source)
            target = folder / f"{name}.parquet"
            tables.append(written(frame, name, source, drafts / target.name, target))
    except DataFileError as error:
        if error.file:
            raise
        raise DataFileError(f"{path.name}: {error}", file=str(path)) from error
    except OSError as error:
        if error.errno in _FULL:
            raise _not_kept(folder, error) from error
        raise DataFileError(
            f"{path.name} cannot be read: {error.strerror or error}", file=str(path)
        ) from error
    except Exception as error:
        if not isinstance(error, (MemoryError, *_failures())):
            raise
        raise DataFileError(f"{path.name} cannot be read: {error}", file=str(path)) from error
    if not tables:
        raise DataFileError(f"{path.name} has no table: there are no rows", file=str(path))
    return tables


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def _failures() -> tuple[type[Exception], ...]:
    """Return what the packages that read and write may raise."""
    pyarrow = import_extra("pyarrow", "data", "reading files")
    duckdb = import_extra("duckdb", "data", "reading files")
    pandas = import_extra("pandas", "data", "reading files")
    return (
        pyarrow.ArrowException,
        duckdb.Error,
        pandas.errors.ParserError,
        sqlite3.Error,
        EOFError,
        ValueError,
        zlib.error,
    )


def _name(text: str, taken: set[str], folder: Path, source: str) -> str:
    """Return a table's name: no other's in this call, and none that another file's has here."""
    while True:
        name = table_name(text, taken)
        target = folder / f"{name}.parquet"
        if not os.path.lexists(target) or source_in(target) == source:
            return name
        taken = {*taken, name}


def _not_kept(folder: Path, error: OSError) -> DataFileError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    reason = "the disk is full: make room on it" if full else str(error.strerror or error)
    return DataFileError(f"the tables cannot be kept in {folder}: {reason}", file=str(folder))
