"""Reading files as text: plain text of any encoding, Markdown, HTML, PDF and Word."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agentcore.base.errors import ExtraMissingError
from agentcore.base.extras import import_extra
from agentcore.base.retrieval_errors import DocumentError
from agentcore.base.unicode_text import valid_text

__all__ = ["is_document", "read_document"]

_MOST_BYTES: Final = 100_000_000
_USED_BYTES: Final = 1_000_000  # of a text, to find its encoding


def is_document(path: Path) -> bool:
    """Return whether a file is taken as a document when its folder is added."""
    return path.suffix.lower() in _READERS


def read_document(path: Path) -> str:
    """Return the text of a file. One whose name ends otherwise is read as plain text.

    Headings begin with ``#``, as in Markdown, and blank lines are between paragraphs.

    Raises:
        DocumentError: it cannot be read, or has no text.
        ExtraMissingError: a package is not installed.
    """
    reader = _READERS.get(path.suffix.lower(), _text)
    try:
        size = os.path.getsize(path)
        if size > _MOST_BYTES:
            raise _unreadable(path, f"it has {size:,} bytes, and at most {_MOST_BYTES:,} are read")
        text = reader(path.read_bytes(), path)
    except (DocumentError, ExtraMissingError):
        raise
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file") from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    # Readers of foreign formats raise whatever their parsers do, RecursionError included.
    except Exception as error:
        raise _unreadable(path, f"it is damaged, or no {path.suffix} file") from error
    if not text.strip():
        raise _unreadable(path, _WITHOUT_TEXT.get(path.suffix.lower(), "it has no text"))
    return valid_text(text).replace("\0", "")


def _unreadable(path: Path, reason: str) -> DocumentError:
    return DocumentError(f"{path} cannot be read: {reason}", source=str(path))


def _plain(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    detector = import_extra("charset_normalizer", "retrieval", "reading a text that is not UTF-8")
    best = detector.from_bytes(data[:_USED_BYTES]).best()
    if best is None:
        raise _unreadable(path, "it is no text, or of an encoding that is not known")
    return data.decode(best.encoding, "replace")


def _text(data: bytes, path: Path) -> str:
    if b"\0" in data[:_USED_BYTES] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(path, "it is no text, and of no kind that can be read (" + KINDS + ")")
    return _plain(data, path)


def _html(data: bytes, path: Path) -> str:
    soup = import_extra("bs4", "retrieval", "reading HTML").BeautifulSoup(data, "html.parser")
    for tag in soup(["script", "style", "noscript", "template", "head"]):
        tag.decompose()
    converter = import_extra("markdownify", "retrieval", "reading HTML").MarkdownConverter
    text: str = converter(heading_style="ATX", strip=["a", "img"]).convert_soup(soup)
    return text


def _pdf(data: bytes, path: Path) -> str:
    pypdf = import_extra("pypdf", "retrieval", "reading PDF")
    encrypted = _unreadable(path, "it is encrypted; save it without its password first")
    reader = pypdf.PdfReader(io.BytesIO(data))
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise encrypted
        return "\n\n".join(page.extract_text() for page in reader.pages)
    except pypdf.errors.DependencyError as error:  # its cipher needs one more package
        raise encrypted from error


def _docx(data: bytes, path: Path) -> str:
    docx = import_extra("docx", "retrieval", "reading Word documents")
    parts = docx.Document(io.BytesIO(data)).iter_inner_content()
    return "\n\n".join(_part_of_docx(part) for part in parts)


def _part_of_docx(part: Any) -> str:
    if hasattr(part, "rows"):
        return "\n".join(" | ".join(cell.text for cell in row.cells) for row in part.rows)
    style = part.style.name if part.style is not None else ""
    level = style.removeprefix("Heading ") if style != "Title" else "1"
    return f"{'#' * int(level)} {part.text}" if level in "123456" and level else str(part.text)


_READERS: Final[dict[str, Callable[[bytes, Path], str]]] = {
    ".txt": _text,
    ".text": _text,
    ".md": _text,
    ".markdown": _text,
    ".rst": _text,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".pdf": _pdf,
    ".docx": _docx,
}
KINDS: Final = ", ".join(_READERS)
_WITHOUT_TEXT: Final = {
    ".pdf": "its pages have no text, as scanned ones; have a program for OCR put the text in"
}
