"""Which encoding a text file has."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path
from typing import Any, Final

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra

__all__ = ["encoding_of", "opened"]

_HEAD: Final = 512 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def opened(path: Path) -> Any:
    """Return an open binary file, decompressed if its name ends with ``.gz``."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file.

    Raises:
        DataFileError: it is empty, or no text.
    """
    with opened(path) as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise DataFileError(f"{path.name} is empty", file=str(path))
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        return _wide_encoding(head, path)
    if _is_utf8(path):
        return "utf-8"
    charset_normalizer = import_extra("charset_normalizer", "data", "reading files")
    best = charset_normalizer.from_bytes(head).best()
    if best is None:
        raise DataFileError(
            f"{path.name} is no text in any encoding that is known: give encoding=",
            file=str(path),
        )
    return str(best.encoding)


def _wide_encoding(head: bytes, path: Path) -> str:
    """Return the encoding of a text with zero bytes: UTF-16 without a mark, or none."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > len(head) // 5 and others < zeros // 10 + 1:
            return name
    raise DataFileError(
        f"{path.name} is no table that can be read: it is a binary file. CSV, Excel, Parquet, JSON "
        "lines and SQLite are read",
        file=str(path),
    )


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(path) as file:
            while piece := file.read(_HEAD):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
