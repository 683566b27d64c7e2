"""Which files are meant, by what names they are known, and what is read of them."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentcore.base.retrieval_errors import DocumentError
from agentcore.retrieval.document import Document
from agentcore.retrieval.reading import KINDS, is_document, read_document

__all__ = ["document_files", "file_document", "names_of", "stamp_of"]


def document_files(sources: tuple[Any, ...]) -> list[Path]:
    """Return the files that some sources mean, by absolute paths, each once and in order.

    Of a folder those are taken that can be read by the ends of their names, and that no name of
    which begins with a dot; a file and a pattern are taken at their word.

    Raises:
        DocumentError: there is no such file, or there is none in a folder or of a pattern.
        TypeError: a source is no path.
    """
    found: dict[Path, None] = {}
    for source in sources:
        if not isinstance(source, str | os.PathLike):
            raise TypeError(f"add() takes paths of files, not {source!r:.100}")
        found.update(dict.fromkeys(_meant(os.path.abspath(os.path.expanduser(source)))))
    return list(found)


def _meant(source: str) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if _is_taken(each, path))
        if not files:
            raise DocumentError(f"{source} has no documents in it ({KINDS})", source=source)
        return files
    if path.exists():  # also one whose name has an asterisk
        return [path]
    if glob.has_magic(source):
        files = [Path(each) for each in sorted(glob.glob(source, recursive=True))]
        files = [each for each in files if each.is_file()]
        if not files:
            raise DocumentError(f"no file is called {source}", source=source)
        return files
    raise DocumentError(f"{source} cannot be read: there is no such file", source=source)


def _is_taken(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and is_document(path) and path.is_file()


def file_document(path: Path, metadata: Mapping[str, Any] | None, owner: str) -> Document:
    """Read a file.

    Raises:
        DocumentError: it cannot be read, or has no text.
    """
    stamp = stamp_of(path)  # before: what is written meanwhile is read by the next update
    text = read_document(path)
    return Document(text, source=str(path), metadata=metadata, owner=owner, stamp=stamp)


def stamp_of(path: Path) -> str:
    """Return what changes when a file is written to; nothing if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}"


def names_of(source: str | os.PathLike[str]) -> list[str]:
    """Return the names that a document may have: that of a text, and the path of a file."""
    name = os.fspath(source)
    return list(dict.fromkeys([name, os.path.abspath(os.path.expanduser(name))]))
