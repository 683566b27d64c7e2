"""Which files are meant by a name: a file, a folder or a pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from agentcore.base.data_errors import DataFileError
from agentcore.data.tables.file_kinds import READ, is_table_file

__all__ = ["files_of"]


def files_of(sources: Iterable[str | Path]) -> tuple[Path, ...]:
    """Return the files that are named, each once.

    Raises:
        DataFileError: there is none of a name.
        TypeError: a name is neither a text nor a path.
        ValueError: no name is given.
    """
    files: dict[Path, None] = {}
    given = tuple(sources)
    if not given:
        raise ValueError("no file is given: give the name of one, of a folder or a pattern")
    for source in given:
        if not isinstance(source, str | os.PathLike):
            raise TypeError(f"a file is given by its name, not as {type(source).__name__}")
        for path in _files(Path(source).expanduser()):
            files[path] = None
    return tuple(files)


def _files(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            inner = sorted(path.rglob("*"))
            return _tables(inner, f"the folder {path} has no file that is read as a table", path)
        if path.exists():
            if not path.is_file():
                raise DataFileError(f"{path} is no regular file", file=str(path))
            return [path]
    except (OSError, ValueError) as error:
        raise DataFileError(f"{path} cannot be read: {error}", file=str(path)) from error
    if glob.has_magic(str(path)):
        found = sorted(Path(each) for each in glob.glob(str(path), recursive=True))
        return _tables(found, f"no file that is read as a table is named like {path}", path)
    near = [each.name for each in path.parent.glob(f"{glob.escape(path.stem)}.*")]
    hint = f"; there is {', '.join(sorted(near))[:200]}" if near else ""
    raise DataFileError(f"there is no file {path}{hint}", file=str(path))


def _tables(found: list[Path], complaint: str, path: Path) -> list[Path]:
    """Return those that may be tables; hidden files are none."""
    files = [
        each
        for each in found
        if each.is_file() and is_table_file(each) and not each.name.startswith((".", "~$"))
    ]
    if not files:
        raise DataFileError(f"{complaint}: {READ}", file=str(path))
    return files
