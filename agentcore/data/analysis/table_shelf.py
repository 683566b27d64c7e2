"""`TableShelf`: the tables of a session."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from agentcore.data.tables import LoadedTable, load_tables

__all__ = ["TableShelf"]


class TableShelf:
    """The tables of a session, as files in its folder.

    A file that is added again takes the place of what it was before, so that it can be read
    anew with other corrections. Another file whose table would have the same name gets a number.

    Args:
        folder: the session's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tables"
        self._added = 0
        self.tables: tuple[LoadedTable, ...] = ()

    def add(self, files: Sequence[Path], corrections: Mapping[str, Any]) -> tuple[LoadedTable, ...]:
        """Read files, and return their tables.

        Raises:
            DataFileError: one is no table. Nothing was changed.
        """
        self._added += 1
        folder = self._folder / str(self._added)
        try:
            loaded = load_tables(*files, folder=folder, **corrections)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
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
        return tuple(named)


def _file_of(table: LoadedTable, files: set[str]) -> bool:
    """Return whether a table was read from one of these files; ``source`` may name a sheet too."""
    return table.source in files or table.source.rpartition(" (")[0] in files


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
