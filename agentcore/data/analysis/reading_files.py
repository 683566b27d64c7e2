"""Reading files of a session for somebody on another machine, piece by piece."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from agentcore.base.data_errors import DataFileError

__all__ = ["PIECE", "read_piece"]

PIECE: Final = 1024 * 1024  # bytes of a file in one message, at most


def read_piece(folder: Path | None, path: str, offset: int) -> tuple[bytes, bool]:
    """Return bytes of a file from an offset on, and whether the file ends with them.

    Args:
        folder: the session's; no other files are read, links included.

    Raises:
        DataFileError: the session has no such file.
    """
    refused = DataFileError(f"the session has no file {path}", file=path)
    if folder is None:
        raise refused
    try:
        # What is opened is looked at, since code of the session might replace a name meanwhile.
        descriptor = os.open(folder / path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise refused from error
    try:
        real = Path(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if not real.exists():  # no Linux
            real = (folder / path).resolve()
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if not is_file or not real.is_relative_to(folder.resolve()):
            raise refused
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, PIECE)
        return data, offset + len(data) >= os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
