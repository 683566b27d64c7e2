"""`SessionFolder`: the folder of a session, which goes with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

__all__ = ["SessionFolder"]

_PREFIX: Final = "agentcore-analysis-"


class SessionFolder:
    """The folder of a session: one that was given and stays, or a temporary one that goes with it.

    Code of the session may do in it whatever it likes, so what the host itself relies on is in
    another folder, which is always temporary.

    A process that is killed cannot remove its temporary folders. So each has a lock, which ends
    with the process, and whoever makes a folder removes those whose lock is free.

    Args:
        given: the folder that was given; ``None`` for a temporary one.

    Attributes:
        path: where code of the session works.
        private: where it cannot get.
    """

    def __init__(self, given: Path | None) -> None:
        self._temporary: Path | None = None
        self._lock: int | None = None
        if given is not None:
            given.mkdir(parents=True, exist_ok=True)
        base = Path(tempfile.gettempdir())
        _remove_left_behind(base)
        self._temporary = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        self._lock = _locked(self._temporary / "new-lock")
        # It has its name only when it is locked, so that nobody takes it for one left behind.
        (self._temporary / "new-lock").rename(self._temporary / "lock")
        self.private = self._temporary / "private"
        self.private.mkdir()
        self.path = given or self._temporary / "files"
        self.path.mkdir(exist_ok=True)

    def close(self) -> None:
        """Remove what is temporary. Closing twice is allowed."""
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def __del__(self) -> None:
        self.close()


def _locked(path: Path, wait: bool = True) -> int | None:
    """Return a descriptor of a file that this process has locked; ``None`` if another one has."""
    descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if wait else 0), 0o600)
    try:
        import fcntl

        lock: Any = fcntl.flock
        lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows, where nobody else takes it for free: it is open
        pass
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_left_behind(base: Path) -> None:
    for lock in base.glob(f"{_PREFIX}*/lock"):
        with contextlib.suppress(OSError):  # another user's, or another process removes it now
            descriptor = _locked(lock, wait=False)
            if descriptor is not None:
                shutil.rmtree(lock.parent, ignore_errors=True)
                os.close(descriptor)
