"""What a sandbox is: `Sandbox`, its `Session`, and the `Result` of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs

from agentcore.base.sandbox_errors import SandboxError
from agentcore.sandbox.limits import Limits

__all__ = ["Result", "Sandbox", "Session"]


@attrs.frozen
class Result:
    """What one run of code gave.

    Attributes:
        text: what the code printed, standard error included.
        value: the `repr` of the last line's value, where the last line is an expression whose value
            is not ``None``; as a notebook shows it.
        error: what stopped the code, or ``None``. An error of the code itself is a `CodeError`; a
            limit that it reached, a `SandboxLimitError`; a process that is gone, a
            `SandboxKilledError`.
        figures: figures of matplotlib that the code drew, as PNG files in the session's folder.
        files: other files in the folder that the code made or changed.
        seconds: how long the run took.
        variables: the values of the variables that were asked for by name, as far as the code set
            them. Numbers, texts, lists and dicts of these come as they are. A table of pandas or
            DuckDB comes as ``{"columns": [...], "rows": [[...]], "row_count": n}`` with at most
            1,000 rows, and everything else as its `repr`.
        lost_state: true if the session's process was ended by this run, so that the variables of
            earlier runs are gone. The next run begins in a new process.
    """

    text: str
    value: str | None = None
    error: SandboxError | None = None
    figures: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    seconds: float = 0.0
    variables: Mapping[str, Any] = attrs.field(factory=dict)
    lost_state: bool = False


class Session(Protocol):
    """A process that runs code in a folder, one run after the other, and keeps its variables.

    A session is used by one thread at a time; `stop` and `close` may be called from any thread.
    """

    @property
    def folder(self) -> Path:
        """The folder in which the code runs: the only one that it can read and write."""

    def run(
        self, code: str, timeout: float | None = None, *, variables: Sequence[str] = ()
    ) -> Result:
        """Run code, and wait for it.

        Args:
            code: Python code; variables, imports and functions are kept for the next run.
            timeout: seconds that it may take; without it, those of the limits.
            variables: the names of the variables whose values are wanted.

        Returns:
            what it printed, set and drew. What goes wrong in the code is in ``Result.error``, and
            is not raised.

        Raises:
            SandboxClosedError: the session was closed.
        """

    def stop(self) -> None:
        """End the run that goes on now, if any: it gives a `SandboxKilledError`."""

    def close(self) -> None:
        """End the session's processes. The folder stays. Closing twice is allowed."""


class Sandbox(Protocol):
    """A way to run code that one does not trust."""

    @property
    def kind(self) -> str:
        """The kind: ``sandlock``, ``bubblewrap``, or ``unsafe``."""

    def start(
        self, folder: str | Path, limits: Limits | None = None, *, preload: Sequence[str] = ()
    ) -> Session:
        """Start a session.

        Args:
            folder: the folder in which the code runs; it is made if it is not there.
            limits: what the code may use; without them, the defaults of `Limits`.
            preload: names of modules that the session imports at once, while the caller goes on:
                an import of pandas takes a second. The first run waits until they are there, which
                is not of its time; a name that cannot be imported is left to the code to find out.

        Raises:
            SandboxError: the session could not be started.
        """
