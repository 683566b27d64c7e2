"""The kinds of sandbox: each starts the same program, and holds it back in its own way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import attrs

from agentcore.base.extras import import_extra
from agentcore.base.sandbox_errors import SandboxError
from agentcore.sandbox.launching import Guard, Launched, on_launching_thread, start_process
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.process_session import ProcessSession
from agentcore.sandbox.program import command, environment, readable
from agentcore.sandbox.seccomp import filter_program

__all__ = ["Bubblewrap", "Sandlock", "Unsafe"]

_DEVICES: Final = ("/dev/null", "/dev/urandom", "/dev/zero")


@attrs.frozen
class _Kind:
    """What all kinds have in common."""

    kind: ClassVar[str]

    def start(
        self,
        folder: str | Path,
        limits: Limits | None = None,
        *,
        preload: Sequence[str] = (),
    ) -> ProcessSession:
        """Start a session: see `Sandbox.start`.

        Raises:
            SandboxError: the session could not be started.
        """
        return ProcessSession(self.kind, self._start, folder, limits or Limits(), preload)

    def _start(self, folder: Path, limits: Limits) -> Launched:
        return on_launching_thread(partial(self.launch, folder, limits))

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the process."""
        raise NotImplementedError


@attrs.frozen
class Sandlock(_Kind):
    """Landlock and seccomp, by the package ``sandlock``: Linux 6.7 or newer."""

    kind = "sandlock"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the process confined to its folder."""
        sandlock = import_extra("sandlock", "sandbox", "the sandbox 'sandlock'")
        confined = sandlock.Sandbox(
            fs_readable=[*readable(), *filter(os.path.exists, _DEVICES)],
            fs_writable=[str(folder), "/dev/null"],
            clean_env=True,
            env=environment(folder),
            cwd=str(folder),
            max_processes=limits.processes,
        )
        pipe = sandlock.StdioMode.PIPED
        started = confined.popen(command(), stdin=pipe, stdout=pipe, stderr=pipe)
        pipes = (started.stdin, started.stdout, started.stderr)
        return Launched(started.pid, *pipes, started.wait, Guard(started.pid))


@attrs.frozen
class Bubblewrap(_Kind):
    """Namespaces, by the program ``bwrap``: Linux with user namespaces."""

    kind = "bubblewrap"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start the process with a file system of its own, which has the folder and Python."""
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxError("the program bwrap is not installed")
        arguments = [program, "--unshare-user", "--unshare-all"]
        arguments += ["--new-session", "--die-with-parent", "--cap-drop", "ALL"]
        for path in readable():
            arguments += ["--ro-bind-try", path, path]
        arguments += ["--dev", "/dev"]
        arguments += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
        # What was made for these in memory is written to no more: nothing would count it.
        arguments += ["--remount-ro", "/dev", "--remount-ro", "/"]
        reading, writing = os.pipe()
        try:
            with open(writing, "wb") as pipe:
                pipe.write(filter_program() or b"")
            if filter_program() is not None:
                arguments += ["--seccomp", str(reading)]
            arguments += command()
            env = environment(folder)
            return start_process(arguments, folder, env, is_nested=True, passing=[reading])
        finally:
            os.close(reading)


@attrs.frozen
class Unsafe(_Kind):
    """No sandbox: the code may do what this process may. Only its limits hold."""

    kind = "unsafe"

    def launch(self, folder: Path, limits: Limits) -> Launched:
        """Start an ordinary process."""
        return start_process(command(), folder, environment(folder), is_nested=False)
