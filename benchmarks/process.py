"""What a process can say about itself, and how it is kept quiet while it is timed."""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """Call ``function`` with the garbage collected before and not during; add the seconds."""
    gc.collect()
    gc.disable()
    try:
        begun = time.perf_counter()
        value = function()
        return value, time.perf_counter() - begun
    finally:
        gc.enable()


def set_collecting(enabled: bool) -> None:
    """Collect garbage, and from now on do so automatically or not."""
    gc.collect()
    (gc.enable if enabled else gc.disable)()


def resident() -> int:
    """Give the resident memory of this process, in bytes; where it cannot, its peak so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def threads() -> int:
    """Count the threads of this process, native ones included where that is known."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def stack_depth() -> int:
    """Count the Python frames of the calling thread."""
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth


def cores() -> list[int]:
    """Give the cores that this process may run on; none where they cannot be chosen."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def python() -> str:
    """Name the interpreter."""
    return f"{platform.python_implementation()} {platform.python_version()}"
