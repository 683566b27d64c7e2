"""A lock that processes of a machine share: a file that one of them holds."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType

from loguru import logger

__all__ = ["FileLock"]

INTERVAL = 0.1  # seconds between two attempts


class FileLock:
    """Held from ``with`` on; whoever comes later waits.

    The operating system holds it for the process, and takes it back when that ends, however it
    ends: so it is never stale. The file itself stays.

    Args:
        path: of the file.
        what: what whoever holds it does, for the log.
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what
        self._file = -1

    def __enter__(self) -> FileLock:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        told = False
        while not _try_lock(self._file):
            if not told:
                logger.info("waiting: another process {}", self._what)
                told = True
            time.sleep(INTERVAL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._file)  # which lets it go


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
