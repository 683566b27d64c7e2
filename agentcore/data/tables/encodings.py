"""Text files in whatever encoding, compressed or not."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import IO, Any, Final

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra

__all__ = ["encoding_of", "opened", "opened_text"]

_PIECE: Final = 1024 * 1024
_LONGEST_LINE: Final = 64  # pieces
_LARGEST: Final = 64 * 1024**3  # bytes, unpacked
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT: Final = "is no text, nor another kind of file that is read as a table"
# Those that tables are found in. From the names of all encodings, a short text is often given to
# one that nobody has used for decades.
_USUAL: Final = (
    "cp1252", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1250", "cp1251", "cp1253", "cp1254",
    "cp1255", "cp1256", "koi8_r", "mac_roman",
)  # fmt: skip


def opened(path: Path) -> IO[bytes]:
    """Return an open binary file, unpacked if it was packed by gzip.

    Raises:
        OSError: it cannot be read.
    """
    file = path.open("rb")
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not packed:
        return file
    unpacked = gzip.GzipFile(fileobj=file)
    unpacked.myfileobj = file  # type: ignore[assignment]  # so that it is closed with the other
    return unpacked  # type: ignore[return-value]


def opened_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Return an open text file, with line ends as they are; what is no text becomes ``�``."""
    return io.TextIOWrapper(opened(path), encoding=encoding, errors="replace", newline="")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file, which is read to its end for this.

    Raises:
        DataFileError: it is empty, or no text.
        OSError: it cannot be read.
    """
    with opened(path) as file:
        head = file.read(_PIECE)
    if not head.strip():
        raise DataFileError(f"{path.name} is empty", file=str(path))
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        return _wide_encoding(head, path)
    if sum(head.translate(None, _PRINTED)[:1000].count(code) for code in range(32)) > 20:
        raise DataFileError(f"{path.name} {_NO_TEXT}: it is a binary file", file=str(path))
    strange = _strange_lines(path)
    return _likeliest(strange, path) if strange else "utf-8"


_PRINTED: Final = bytes([*range(32, 256), 9, 10, 11, 12, 13, 27])


def _wide_encoding(head: bytes, path: Path) -> str:
    """Return the encoding of a text with zero bytes: UTF-16 without a mark, or none."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > len(head) // 40 and others <= zeros // 50:
            return name
    raise DataFileError(f"{path.name} {_NO_TEXT}: it is a binary file", file=str(path))


def _strange_lines(path: Path) -> bytes:
    """Return lines of a file that are no UTF-8; empty if the whole file is UTF-8.

    Raises:
        DataFileError: a line is longer than any row is, or the file is larger when unpacked.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    strange, size, long = b"", 0, 0
    with opened(path) as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            long = 0 if b"\n" in piece or b"\r" in piece else long + 1
            if long > _LONGEST_LINE or size > _LARGEST:
                what = "has a line of more than 64 MB" if long else "is larger than 64 GB, unpacked"
                raise DataFileError(f"{path.name} {what}: it is no table", file=str(path))
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                lines = (line for line in piece.splitlines() if not line.isascii())
                strange = b"\n".join(line for line, _ in zip(lines, range(2_000), strict=False))
                break
        else:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return b"\xe9"  # it ends within a character
    return strange[: 64 * 1024]


def _likeliest(strange: bytes, path: Path) -> str:
    """Return the encoding that some lines are likely to have.

    Raises:
        DataFileError: there is none.
    """
    charset_normalizer = import_extra("charset_normalizer", "data", "reading files")
    matches = charset_normalizer.from_bytes(strange, cp_isolation=list(_USUAL))
    found: list[tuple[Any, ...]] = [
        (match.chaos, -match.coherence, _USUAL.index(name), name)
        for match in matches
        for name in match.could_be_from_charset
        if name in _USUAL
    ]
    if found:
        return str(min(found)[-1])
    any_match = charset_normalizer.from_bytes(strange).best()
    if any_match is None:
        raise DataFileError(
            f"{path.name} is no text in an encoding that is known: give encoding=", file=str(path)
        )
    return str(any_match.encoding)
