"""How the process of a session is started, and what is seen of it from the outside."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import attrs

from agentcore.sandbox import runner

__all__ = ["Launched", "command", "environment", "python_folders", "start_process"]


class Launched(Protocol):
    """A process that was started, and its three pipes."""

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO

    @property
    def pid(self) -> int | None:
        """The id of the process that was started."""

    def kill(self) -> None:
        """End it and its group."""

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until it has ended."""


def command() -> list[str]:
    """Return the command that runs code in a sandbox: this Python, isolated, with the runner."""
    return [sys.executable, "-I", "-B", "-c", inspect.getsource(runner)]


def environment(folder: Path) -> dict[str, str]:
    """Return all that code finds in its environment."""
    # The settings of the linear algebra are of the machine's processor, and no secret.
    numeric = {key: value for key, value in os.environ.items() if key.startswith("OPENBLAS_")}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "JOBLIB_MULTIPROCESSING": "0",  # it needs shared memory, which sandboxes do not have
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / ".cache"),
        **numeric,
    }


def python_folders() -> list[str]:
    """Return the folders that Python itself and the system's libraries are in."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    real = {os.path.realpath(prefix) for prefix in prefixes}
    system = ["/usr", "/lib", "/lib64", "/bin"]
    own = sorted(each for each in prefixes | real if not each.startswith("/usr/"))
    return [each for each in system + own if os.path.exists(each) and each not in ("/", "/usr")] + [
        "/usr"
    ]


@attrs.define
class _Started:
    """A process that was started by `subprocess`."""

    _process: subprocess.Popen[bytes]
    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> Any:
        return self._process.wait(timeout)


def start_process(arguments: list[str], folder: Path, env: Mapping[str, str]) -> Launched:
    """Start a process in a session and group of its own, with pipes.

    Raises:
        OSError: it could not be started.
    """
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=dict(env),
        start_new_session=True,
        bufsize=0,
    )
    pipes: Any = (process.stdin, process.stdout, process.stderr)
    return _Started(process, *pipes)
