"""`TableShelf`: the tables of a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.data.tables import LoadedTable, load_tables

__all__ = ["TableShelf"]


_EXCLUSIVE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@attrs.frozen
class _Copy:
    """A table's file in the folder of the code, and what it was like when it was made."""

    path: Path
    state: tuple[int, ...]


class TableShelf:
    """The tables of a session, as files that its code has copies of.

    A file that is added again takes the place of what it was before, so that it can be read
    anew with other corrections. Another file whose table would have the same name gets a number.

    Code that changes a copy, or puts a link in its place, misleads nobody: the tables themselves
    are where it cannot get, and the copy is made anew before other code runs.

    Args:
        private: a folder that code of the session cannot reach.
        folder: where that code works.
    """

    def __init__(self, private: Path, folder: Path) -> None:
        self._private = private
        self._folder = folder
        self._added = 0
        self._copies: dict[Path, _Copy] = {}
        self.tables: tuple[LoadedTable, ...] = ()

    def add(self, files: Sequence[Path], corrections: Mapping[str, Any]) -> tuple[LoadedTable, ...]:
        """Read files, and return their tables.

        Raises:
            DataFileError: one is no table. Nothing was changed.
        """
        self._added += 1
        place = self._private / str(self._added)
        try:
            loaded = load_tables(*files, folder=place, **corrections)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        new = {str(file) for file in files}
        stale = [table for table in self.tables if _file_of(table, new)]
        kept = [table for table in self.tables if table not in stale]
        named: list[LoadedTable] = []
        for table in loaded:
            taken = {each.name for each in [*kept, *named]}
            named.append(attrs.evolve(table, name=_free_name(table.name, taken)))
        self.tables = (*kept, *named)
        for table in stale:
            table.path.unlink(missing_ok=True)
            if table.path in self._copies:
                _removed(self._copies.pop(table.path).path)
        return tuple(named)

    def for_code(self) -> tuple[LoadedTable, ...]:
        """Return the tables with the paths of their copies, which may be made now.

        Raises:
            DataFileError: the disk is full, or the folder cannot be written.
        """
        return tuple(attrs.evolve(table, path=self._copy_of(table)) for table in self.tables)

    def close(self) -> None:
        """Remove the copies, since the folder of the code may be one that stays."""
        copies, self._copies = self._copies, {}
        for copy in copies.values():
            _removed(copy.path)

    def _copy_of(self, table: LoadedTable) -> Path:
        known = self._copies.get(table.path)
        if known is not None:
            if _state(known.path) == known.state:
                return known.path
            _removed(known.path)
        try:
            path = _copied(table.path, self._folder, table.name)
        except OSError as error:
            raise DataFileError(
                f"the table {table.name} cannot be copied into {self._folder}: {error.strerror}",
                file=table.source,
            ) from error
        self._copies[table.path] = _Copy(path, _state(path))
        return path


def _copied(source: Path, folder: Path, name: str) -> Path:
    """Copy a file into a folder, under a name that nothing has there, nor a link."""
    for number in count(1):
        path = folder / (f"{name}.parquet" if number == 1 else f"{name}-{number}.parquet")
        try:
            descriptor = os.open(path, _EXCLUSIVE, 0o644)
        except FileExistsError:
            continue
        try:
            with open(descriptor, "wb") as to, source.open("rb") as file:
                shutil.copyfileobj(file, to, 1024 * 1024)
        except OSError:
            _removed(path)
            raise
        break
    return path


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes with whatever is done to a file."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _removed(path: Path) -> None:
    """Remove what has this name, which code may have made a folder."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def _file_of(table: LoadedTable, files: set[str]) -> bool:
    """Return whether a table was read from one of these files; ``source`` may name a sheet too."""
    return table.source in files or table.source.rpartition(" (")[0] in files


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
