"""The kinds of sandbox: each starts the same runner, and holds it back in its own way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import ClassVar

import attrs

from agentcore.base.extras import import_extra
from agentcore.sandbox.launching import (
    Launched,
    command,
    environment,
    python_folders,
    start_process,
)
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.process_session import ProcessSession

__all__ = ["Bubblewrap", "Sandlock", "Unsafe"]

_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")  # of the system, beside Python's folders


@attrs.frozen
class _Kind:
    """What all kinds have in common."""

    kind: ClassVar[str]

    def start(self, folder: str | Path, limits: Limits | None = None) -> ProcessSession:
        """Start a session: see `Sandbox.start`.

        Raises:
            SandboxError: the session could not be started.
        """
        place = Path(folder).resolve()
        return ProcessSession(self.launch, place, limits or Limits())

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the runner's process."""
        raise NotImplementedError


@attrs.frozen
class Sandlock(_Kind):
    """Landlock and seccomp, by the package ``sandlock``: Linux 6.7 or newer."""

    kind = "sandlock"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the runner confined to its folder."""
        sandlock = import_extra("sandlock", "sandbox", "the sandbox 'sandlock'")
        devices = ["/dev/null", "/dev/urandom", "/dev/zero"]
        confined = sandlock.Sandbox(
            fs_readable=[*python_folders(), *filter(os.path.exists, _FILES), *devices],
            fs_writable=[str(folder), "/dev/null"],
            clean_env=True,
            env=environment(folder),
            cwd=str(folder),
            # It ends the process. The runner's own limit comes first, and only fails the code.
            max_memory=2 * limits.memory,
            max_processes=limits.processes,
        )
        pipe = sandlock.StdioMode.PIPED
        started: Launched = confined.popen(command(), stdin=pipe, stdout=pipe, stderr=pipe)
        return started


@attrs.frozen
class Bubblewrap(_Kind):
    """Namespaces, by the program ``bwrap``: Linux with user namespaces."""

    kind = "bubblewrap"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the runner with a file system of its own, which has the folder and Python."""
        program = shutil.which("bwrap") or "bwrap"
        arguments = [program, "--unshare-all", "--new-session", "--clearenv"]
        for key, value in environment(folder).items():
            arguments += ["--setenv", key, value]
        for path in [*python_folders(), *_FILES]:
            arguments += ["--ro-bind-try", path, path]
        arguments += ["--proc", "/proc", "--dev", "/dev"]
        arguments += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
        return start_process([*arguments, *command()], folder, {"PATH": "/usr/bin:/bin"})


@attrs.frozen
class Unsafe(_Kind):
    """No sandbox: the code may do what this process may. Only its limits hold."""

    kind = "unsafe"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the runner as an ordinary process."""
        return start_process(command(), folder, environment(folder))
