"""What stands in a session's folder, and how much room it takes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

import attrs

__all__ = ["FolderState", "is_plain_file", "look_into"]

_LEAST: Final = 4096  # bytes that a file or folder is counted as, so that many are much
_MOST_FILES: Final = 20_000  # whose changes are told


@attrs.frozen
class FolderState:
    """A folder, as it was seen.

    Attributes:
        size: what all that is in it takes on the disk, in bytes.
        files: its regular files, without hidden ones and those in hidden folders, with the time of
            their last change and their size; links are not followed. Of very many only 20,000.
    """

    size: int
    files: dict[Path, tuple[int, int]]

    def changed_since(self, before: FolderState) -> tuple[Path, ...]:
        """Return the files that are new or have changed, in the order of their names."""
        return tuple(
            path for path, seen in sorted(self.files.items()) if before.files.get(path) != seen
        )


def look_into(folder: Path, most: int | None = None) -> FolderState:
    """Return what stands in a folder.

    Args:
        folder: the folder.
        most: a size in bytes; once there is more, the rest is not looked at.
    """
    size = 0
    files: dict[Path, tuple[int, int]] = {}
    waiting = [(str(folder), True)]
    while waiting and (most is None or size <= most):
        here, is_shown = waiting.pop()
        try:
            entries = os.scandir(here)
        except OSError:
            continue
        with entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                size += max(status.st_blocks * 512, _LEAST)
                shown = is_shown and not entry.name.startswith(".")
                if stat.S_ISDIR(status.st_mode):
                    waiting.append((entry.path, shown))
                elif shown and stat.S_ISREG(status.st_mode) and len(files) < _MOST_FILES:
                    files[Path(entry.path)] = (status.st_mtime_ns, status.st_size)
    return FolderState(size, files)


def is_plain_file(path: Path) -> bool:
    """Return whether a path is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False
