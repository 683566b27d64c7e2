"""What the host sees of a session: its processes, their memory, and the files in its folder."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Final

__all__ = ["files_in", "kill_all", "members", "memory_of", "size_of"]

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_ROUNDS: Final = 20  # of killing, for processes that start others meanwhile
_MOST_FILES: Final = 20_000


def members(pid: int) -> list[int]:
    """Return a process, its descendants, and the processes of its session (in Unix's sense)."""
    children: dict[int, list[int]] = {}
    found = [pid]
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            if fields[0] == "Z":
                continue
            children.setdefault(int(fields[1]), []).append(int(entry))
            if int(fields[3]) == pid and int(entry) != pid:
                found.append(int(entry))
    at = 0
    while at < len(found):
        found += [each for each in children.get(found[at], ()) if each not in found]
        at += 1
    return found


def memory_of(pids: list[int]) -> int:
    """Return the resident memory of processes together, in bytes, without what files back."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{pid}/statm").read_text().split()
            total += (int(fields[1]) - int(fields[2])) * _PAGE
    return total


def kill_all(pid: int) -> None:
    """Kill a process and all that it has started, until none is left."""
    for _ in range(_ROUNDS):
        alive = [each for each in members(pid) if os.path.exists(f"/proc/{each}")]
        if not alive or (alive == [pid] and _is_gone(pid)):
            return
        for each in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)


def _is_gone(pid: int) -> bool:
    """Return whether a process has ended, though nobody may have waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return True


def files_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the regular files in a folder, with the time of their last change and their size.

    Hidden files and folders are left out, links are not followed, and of very many files only
    20,000 are seen.
    """
    found: dict[Path, tuple[int, int]] = {}
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            with contextlib.suppress(OSError):
                status = path.lstat()
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    found[path] = (status.st_mtime_ns, status.st_size)
            if len(found) >= _MOST_FILES:
                return found
    return found


def size_of(folder: Path) -> int:
    """Return what the files in a folder take on the disk, in bytes."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
    return total
