"""Which kind of file one is, by its first bytes and its name."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.csv_files import read_csv
from agentcore.data.tables.encodings import opened
from agentcore.data.tables.excel_files import read_excel
from agentcore.data.tables.frames import Frame
from agentcore.data.tables.sqlite_files import read_sqlite
from agentcore.data.tables.typed_files import read_json, read_parquet

__all__ = ["READ", "Reader", "is_table_file", "reader_of"]

READ: Final = "CSV, Excel, Parquet, JSON lines and SQLite are read"
_Reading: TypeAlias = Callable[[Path, Corrections], Iterator[Frame]]
_ENDINGS: Final[dict[str, _Reading]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat", ".psv"), read_csv),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), read_excel),
    **dict.fromkeys((".parquet", ".pq"), read_parquet),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), read_json),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db"), read_sqlite),
}
_BEGINNINGS: Final[tuple[tuple[bytes, _Reading], ...]] = (
    (b"PAR1", read_parquet),
    (b"SQLite format 3\0", read_sqlite),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", read_excel),
)
_NOT_BY_NAME: Final = {  # kinds that would have been known by how they begin
    read_excel: "a workbook of Excel",
    read_parquet: "a Parquet file",
    read_sqlite: "a database of SQLite",
}
_OTHERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x7fELF", "a program"),
    (b"7z\xbc\xaf", "a packed file: unpack it first"),
    (b"Rar!", "a packed file: unpack it first"),
    (b"BZh", "a packed file: unpack it first"),
    (b"\xfd7zXZ", "a packed file: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a packed file: unpack it first"),
)


@attrs.frozen
class Reader:
    """What reads a kind of file.

    Attributes:
        read: gives the tables of a file.
        own_names: whether the tables have names without the file's.
    """

    read: _Reading
    own_names: bool = False

    def name_of(self, path: Path, part: str) -> str:
        """Return the text of which a table's name is made."""
        stem = path.name.removesuffix(_ending(path, packed=True))
        if not part:
            return stem
        return part if self.own_names else f"{stem}_{part}"


def is_table_file(path: Path) -> bool:
    """Return whether a file has the ending of one that is read as a table; ``.txt`` is not."""
    ending = _ending(path)
    return ending in _ENDINGS and ending != ".txt"


def _ending(path: Path, *, packed: bool = False) -> str:
    """Return the ending of a name, in small letters; as it is, with that of gzip, if packed."""
    endings = path.suffixes[-2:]
    if endings and endings[-1].lower() == ".gz":
        return "".join(endings) if packed else endings[0].lower() if len(endings) > 1 else ""
    return path.suffix if packed else path.suffix.lower()


def reader_of(path: Path) -> Reader:
    """Return what reads a file.

    Raises:
        DataFileError: it is of no kind that is read, is empty, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            outer = file.read(16)
        with opened(path) as packed:
            head = packed.read(512)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataFileError(f"{path.name} cannot be read: {reason}", file=str(path)) from error
    if not head:
        raise DataFileError(f"{path.name} is empty", file=str(path))
    for beginning, reading in _BEGINNINGS:
        if outer.startswith(beginning):
            return Reader(reading, own_names=reading is read_sqlite)
    if outer.startswith(b"PK"):
        _check_workbook(path)
        return Reader(read_excel)
    for beginning, what in _OTHERS:
        if head.startswith(beginning):
            raise DataFileError(f"{path.name} is {what}, and no table: {READ}", file=str(path))
    by_name = _ENDINGS.get(_ending(path), read_csv)
    if by_name in _NOT_BY_NAME:
        raise DataFileError(
            f"{path.name} is not what its name says, {_NOT_BY_NAME[by_name]}: if it is CSV, give "
            "it such a name",
            file=str(path),
        )
    return Reader(by_name)


def _check_workbook(path: Path) -> None:
    """Check that a zip file is a workbook.

    Raises:
        DataFileError: it is not.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise DataFileError(f"{path.name} is damaged: {error}", file=str(path)) from error
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        return
    word = any(name.startswith(("word/", "ppt/")) for name in names)
    what = "a document, and no table" if word else "a packed file: unpack it first"
    raise DataFileError(f"{path.name} is {what}. {READ}", file=str(path))
