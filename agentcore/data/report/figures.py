"""The files of an answer, as a report has them: pictures in the page itself, others by name."""

from __future__ import annotations

import base64
import platform
from pathlib import Path

import attrs

__all__ = ["ReportFile", "in_report"]

LARGEST = 20 * 1024 * 1024  # bytes of a picture: a page beyond that is slow in every browser
_KINDS = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@attrs.frozen
class ReportFile:
    """A file that was made on the way to an answer.

    Attributes:
        name: its name without the folders.
        path: where it is.
        uri: the whole file as a ``data:`` address, if it is a picture; else empty.
        reason: why a picture is not in the page, as a sentence; else empty.
    """

    name: str
    path: str
    uri: str = ""
    reason: str = ""


def in_report(path: Path, host: str = "") -> ReportFile:
    """Return a file as a report has it.

    Args:
        path: where it is.
        host: the name of the machine on which it is; empty for this one.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        return ReportFile(path.name, str(path))
    try:
        # A script in an SVG picture does not run, as the page shows it in <img>.
        if path.stat().st_size > LARGEST:
            return ReportFile(path.name, str(path), reason="The picture is too large for a report.")
        data = path.read_bytes()
    except OSError:
        where = f" It is on the machine {host}." if host not in ("", platform.node()) else ""
        return ReportFile(path.name, str(path), reason=f"The picture cannot be read here.{where}")
    return ReportFile(path.name, str(path), f"data:{kind};base64,{base64.b64encode(data).decode()}")
