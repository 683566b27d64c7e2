"""What the host sees of a session's processes, and how it stops, continues and kills them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from typing import Final

import attrs

__all__ = [
    "Seen",
    "freeze",
    "inner_group",
    "kill_all",
    "kill_group",
    "look_at",
    "memory_of",
    "thaw",
    "unlinked_bytes",
    "wait_for_group",
]

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_ROUNDS: Final = 20  # for processes that start others meanwhile


@attrs.frozen
class Seen:
    """The processes of a session, as they were seen at once.

    Attributes:
        pids: their ids.
        threads: how many threads they have together.
        memory: their resident memory together, in bytes, without files; pages that several of them
            share are counted for each.
    """

    pids: tuple[int, ...]
    threads: int
    memory: int


def look_at(pid: int) -> Seen:
    """Return what is seen of a process, its group, its descendants and their sessions."""
    found: dict[int, list[str]] = {}
    children: dict[int, list[int]] = {}
    members = [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _status(int(entry))) is not None:
            found[int(entry)] = fields
            children.setdefault(int(fields[1]), []).append(int(entry))
            if pid in (int(fields[2]), int(fields[3])):
                members.append(int(entry))
    seen: dict[int, None] = {}
    while members:
        each = members.pop()
        if each not in seen and each in found:
            seen[each] = None
            members += children.get(each, ())
    pids = tuple(sorted(seen))
    return Seen(pids, sum(int(found[each][17]) for each in pids), sum(map(_resident, pids)))


def _status(pid: int) -> list[str] | None:
    """Return the fields of ``/proc/PID/stat`` from the state on; ``None`` if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return None
    return None if not fields or fields[0] in "ZX" else fields


def _resident(pid: int) -> int:
    """Return the memory of a process that no file backs, in bytes."""
    total = 0
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                total += int(line.split()[1]) * 1024
    return total


def memory_of(pids: Iterable[int]) -> int:
    """Return the memory of processes together, in bytes; what they share is counted once.

    This asks the kernel for more work than `look_at` does.
    """
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                lines = [line.split() for line in file]
            total += 1024 * sum(
                int(words[1]) for words in lines if words[0] in (b"Pss_Anon:", b"Pss_Shmem:")
            )
        except (OSError, ValueError, IndexError):
            total += _resident(pid)
    return total


def unlinked_bytes(pids: Iterable[int]) -> int:
    """Return what files take on the disk that are open, but stand in no folder any more."""
    files: dict[tuple[int, int], int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(f"/proc/{pid}/fd/{descriptor}")
                    if status.st_nlink == 0:
                        files[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(files.values())


def kill_all(pid: int) -> None:
    """Kill a process, its group, and all that it has started, until none is left."""
    _send_group(pid, signal.SIGSTOP)  # so that nobody loses its parent while we look
    pids = look_at(pid).pids
    _send_group(pid, signal.SIGKILL)
    for _ in range(_ROUNDS):
        for each in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        pids = look_at(pid).pids
        if not pids:
            return


def kill_group(pid: int) -> None:
    """Kill a group of processes that nobody can leave."""
    _send_group(pid, signal.SIGKILL)


def wait_for_group(pid: int) -> None:
    """Wait until a group that was killed has ended; its first process was waited for already."""
    for _ in range(_ROUNDS):
        try:
            os.killpg(pid, 0)
        except OSError:
            return
        time.sleep(0.002)


def freeze(group: int) -> None:
    """Stop a group of processes."""
    _send_group(group, signal.SIGSTOP)


def thaw(group: int) -> None:
    """Let a group of processes go on that was stopped."""
    _send_group(group, signal.SIGCONT)


def inner_group(pid: int) -> int:
    """Return the group of a process's descendants that is not its own; its own if there is none."""
    for each in look_at(pid).pids:
        with contextlib.suppress(OSError):
            if (group := os.getpgid(each)) != pid:
                return group
    return pid


def _send_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
