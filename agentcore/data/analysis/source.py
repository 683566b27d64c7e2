"""`Source`: files that were added to an analysis, and what kind of files these are."""

from __future__ import annotations

import glob
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.checks import several
from agentcore.base.data_errors import DataFileError
from agentcore.data.tables import is_table_file

__all__ = ["Source", "files_of", "source_of"]

_DOCUMENTS: Final = (".md", ".markdown", ".rst", ".txt", ".html", ".htm", ".pdf", ".docx")


@attrs.frozen
class Source:
    """Files that were added to an analysis, by their names.

    Attributes:
        paths: absolute names of files and folders, and patterns of these.
        corrections: how they are to be read: see `load_tables`.
        session: the session that they were added to; ``None`` for all of the owner.
        owner: whose they are; empty for everybody's.
        id: tells it from other sources.
    """

    paths: tuple[str, ...]
    corrections: Mapping[str, Any]
    session: str | None
    owner: str
    id: str = attrs.field(factory=lambda: uuid.uuid4().hex)

    def is_for(self, session: str, owner: str) -> bool:
        """Return whether a session has these files."""
        if self.session is not None:
            return (self.session, self.owner) == (session, owner)
        return self.owner in ("", owner)


def source_of(
    sources: Iterable[Any], corrections: Mapping[str, Any], session: str | None, owner: str
) -> Source:
    """Return a source, whose names are absolute, as another process may be in another folder.

    Raises:
        TypeError: a name is neither a text nor a path.
        ValueError: there is none.
    """
    given = several(sources, "files are given one by one: add('a.csv', 'b.csv')")
    if not given:
        raise ValueError("add() takes the names of files, folders or patterns, and got none")
    for each in given:
        if not isinstance(each, str | os.PathLike):
            raise TypeError(
                f"a file is given by its name, not as a {type(each).__name__}: write it to a "
                "file first"
            )
    paths = tuple(os.path.abspath(os.path.expanduser(os.fspath(each))) for each in given)
    return Source(paths, dict(corrections), session, owner)


def files_of(source: Source, has_library: bool) -> tuple[list[Path], list[Path]]:
    """Return the files of a source: those that are read as tables, and documents.

    A ``.txt`` file is a document, unless there is no library, or it was said how to read it.

    Raises:
        DataFileError: a name names no file, or a document and there is no library.
    """
    tables: list[Path] = []
    documents: list[Path] = []
    for name in source.paths:
        found = _found(name)
        within = len(found) > 1 or found[0] != Path(name)  # of a folder or pattern
        for path in found:
            ending = path.suffix.lower()
            as_table = ending == ".txt" and (bool(source.corrections) or not has_library)
            if ending not in _DOCUMENTS or as_table:
                if is_table_file(path) or as_table or not within:
                    tables.append(path)
            elif has_library:
                documents.append(path)
            elif not within:
                raise _no_library(path)
        if within and not any(path in tables or path in documents for path in found):
            if any(path.suffix.lower() in _DOCUMENTS for path in found):
                raise _no_library(found[0])
            raise DataFileError(f"{name} has no file that can be read", file=name)
    return list(dict.fromkeys(tables)), list(dict.fromkeys(documents))


def _found(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file())
    elif path.exists():
        return [path]
    else:
        names = glob.glob(name, recursive=True) if glob.has_magic(name) else []
        found = sorted(each for each in map(Path, names) if each.is_file())
    if not found:
        what = "has no files" if path.is_dir() else "is not there"
        raise DataFileError(f"{name} {what} on the machine of the session", file=name)
    return found


def _no_library(path: Path) -> DataFileError:
    return DataFileError(
        f"{path.name} is a document, and the analysis has no library for it: give "
        "DataAnalysis(..., library=Library(folder))",
        file=str(path),
    )
