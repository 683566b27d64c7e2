"""Reading files of a session for somebody on another machine, piece by piece."""

from __future__ import annotations

import os
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
    with open(descriptor, "rb") as file:
        real = Path(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if not real.exists():  # no Linux
            real = (folder / path).resolve()
        if not real.is_file() or not real.is_relative_to(folder.resolve()):
            raise refused
        file.seek(offset)
        data = file.read(PIECE)
        return data, len(data) < PIECE or not file.peek(1)
