"""How the host is told what stopped the code."""

from __future__ import annotations

import errno
import sys

TYPE_CHECKING = False  # the module `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["NAME", "OutOfTime", "TooMuchOutput", "told"]

NAME = "<code>"  # the file name of the code in tracebacks
_LONGEST_TEXT = 2_000
_LONGEST_TRACEBACK = 8_000


class OutOfTime(BaseException):
    """The run took longer than it may; code that catches every `Exception` does not catch it."""


class TooMuchOutput(BaseException):
    """The run printed more than it may."""


def told(error: BaseException, code: str) -> dict[str, str] | None:
    """Return what stopped the code; ``None`` for an ``exit()`` that says that all is well.

    Args:
        error: what the code raised.
        code: its text, whose lines stand in the traceback.
    """
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return None
    name = type(error).__name__
    try:
        text = str(error)[:_LONGEST_TEXT]
    except BaseException:
        text = ""
    try:
        lines = _traceback(error, code.splitlines())
    except BaseException:
        lines = []
    lines.append(f"{name}: {text}" if text else name)
    return {
        "kind": _kind_of(error),
        "type": name,
        "text": text,
        "traceback": "".join(lines)[-_LONGEST_TRACEBACK:],
    }


def _traceback(error: BaseException, code: list[str]) -> list[str]:
    """Return the lines of the code's own frames: what libraries do is not the code's to mend."""
    lines = []
    at: Any = error.__traceback__
    while at is not None:
        inner = at.tb_frame.f_code
        if inner.co_filename == NAME:
            line = code[at.tb_lineno - 1].strip() if at.tb_lineno <= len(code) else ""
            lines.append(f"  line {at.tb_lineno}, in {inner.co_name}\n    {line}\n")
        at = at.tb_next
    if lines:
        lines.insert(0, "Traceback (most recent call last):\n")
    if isinstance(error, SyntaxError) and error.filename == NAME:
        lines.append(f"  line {error.lineno}\n    {(error.text or '').strip()}\n")
    return lines


def _kind_of(error: BaseException) -> str:
    """Return which limit an error comes of; ``code`` if of none."""
    if isinstance(error, OutOfTime):
        return "time"
    if isinstance(error, TooMuchOutput):
        return "output"
    if isinstance(error, MemoryError):
        return "memory"
    duckdb = sys.modules.get("duckdb")
    if duckdb is not None and isinstance(error, getattr(duckdb, "OutOfMemoryException", ())):
        return "memory"
    number = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if number == errno.ENOMEM:
        return "memory"
    if number == errno.EMFILE:
        return "open_files"
    if number in (errno.EFBIG, errno.ENOSPC, errno.EDQUOT):
        return "disk"
    no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
    return "processes" if number == errno.EAGAIN or no_thread else "code"
