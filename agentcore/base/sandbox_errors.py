"""The errors of code that runs in a sandbox. `agentcore.errors` draws the whole tree."""

from __future__ import annotations

from agentcore.base.errors import AgentCoreError, ConfigError

__all__ = [
    "CodeError",
    "DiskLimitError",
    "FilesLimitError",
    "MemoryLimitError",
    "OutputLimitError",
    "ProcessLimitError",
    "SandboxClosedError",
    "SandboxError",
    "SandboxKilledError",
    "SandboxLimitError",
    "SandboxMissingError",
    "TimeLimitError",
]


class SandboxMissingError(ConfigError):
    """This machine has no sandbox that can be used; the message says what to install."""


class SandboxError(AgentCoreError):
    """Code could not be run in a sandbox, or not to its end."""


class CodeError(SandboxError):
    """The code itself raised.

    Attributes:
        type: the name of the exception's class, as ``KeyError``.
        traceback: the traceback as text, of the code's own lines only.
    """

    def __init__(self, text: str, *, type: str = "", traceback: str = "") -> None:
        super().__init__(text)
        self.type = type
        self.traceback = traceback


class SandboxClosedError(SandboxError):
    """The session was closed, so it runs no code any more."""


class SandboxKilledError(SandboxError):
    """The session's process is gone, with its variables; the next run begins in a new one."""


class SandboxLimitError(SandboxError):
    """The code reached a limit of its session; each limit has a class of its own."""


class TimeLimitError(SandboxLimitError, TimeoutError):
    """A run took longer than it may."""


class MemoryLimitError(SandboxLimitError):
    """The code took more memory than it may."""


class ProcessLimitError(SandboxLimitError):
    """The code started more processes or threads than it may."""


class FilesLimitError(SandboxLimitError):
    """The code opened more files than it may."""


class DiskLimitError(SandboxLimitError):
    """The code wrote more into its folder than it may."""


class OutputLimitError(SandboxLimitError):
    """The code printed more than it may; what came before the limit is kept."""
