"""The errors of runs: which class, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agentcore.base.sandbox_errors import (
    CodeError,
    DiskLimitError,
    FilesLimitError,
    MemoryLimitError,
    OutputLimitError,
    ProcessLimitError,
    SandboxError,
    TimeLimitError,
)
from agentcore.sandbox.limits import Limits

__all__ = ["limit_error", "told_error"]

_MIB: Final = 1024 * 1024
_CLASSES: Final[Mapping[str, type[SandboxError]]] = {
    "time": TimeLimitError,
    "memory": MemoryLimitError,
    "processes": ProcessLimitError,
    "open_files": FilesLimitError,
    "disk": DiskLimitError,
    "output": OutputLimitError,
}


def limit_error(kind: str, limits: Limits, seconds: float) -> SandboxError:
    """Return the error of a limit that was reached.

    Args:
        kind: the limit's name.
        limits: those of the session.
        seconds: the time that the run might take.
    """
    words = {
        "time": f"the run took longer than the {seconds:g} s that it may",
        "memory": f"the code took more than the {limits.memory / _MIB:g} MiB of memory it may",
        "processes": f"the code started more than the {limits.processes} processes that it may",
        "open_files": f"the code opened more than the {limits.open_files} files that it may",
        "disk": f"the code wrote more than the {limits.disk / _MIB:g} MiB that it may",
        "output": f"the code printed more than the {limits.output} characters that it may",
    }
    return _CLASSES[kind](words[kind])


def told_error(told: Mapping[str, str], limits: Limits, seconds: float) -> SandboxError:
    """Return the error for what the program says stopped the code; as `limit_error` has it."""
    if told["kind"] in _CLASSES:
        return limit_error(told["kind"], limits, seconds)
    text = f"{told['type']}: {told['text']}" if told["text"] else told["type"]
    return CodeError(text, type=told["type"], traceback=told["traceback"])
