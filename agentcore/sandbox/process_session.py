"""`ProcessSession`: a process that runs code, and what the host does when it goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.sandbox_errors import (
    CodeError,
    DiskLimitError,
    FilesLimitError,
    MemoryLimitError,
    OutputLimitError,
    ProcessLimitError,
    SandboxClosedError,
    SandboxError,
    SandboxKilledError,
    TimeLimitError,
)
from agentcore.sandbox.launching import Launched
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.output import OutputReader
from agentcore.sandbox.protocol import Result
from agentcore.sandbox.watching import files_in, kill_all, members, memory_of, size_of

__all__ = ["ProcessSession"]

_STARTING: Final = 60.0  # seconds that a process may take to be ready
_GRACE: Final = 1.0  # seconds beyond the timeout, before the process is killed
_LOOK: Final = 0.05  # seconds between two looks at the processes
_LOOK_AT_DISK: Final = 0.25
_LONGEST: Final = 64 * 1024 * 1024  # bytes of an answer
_OWN_PROCESSES: Final = 3  # what a kind of sandbox itself needs, beside the code's


class ProcessSession:
    """A session whose code runs in a process of its own: see `Session`.

    Args:
        launch: starts the process.
        folder: the folder in which the code runs; it is made if it is not there.
        limits: what the code may use.

    Raises:
        SandboxError: the process could not be started.
    """

    def __init__(
        self, launch: Callable[[Path, Limits], Launched], folder: Path, limits: Limits
    ) -> None:
        self.folder = folder
        self._launch = launch
        self._limits = limits
        self._lock = threading.Lock()  # held by the run that goes on
        self._running: _Running | None = None
        self._stopped = False
        self._closed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SandboxError(f"the folder of a session could not be made: {error}") from error
        self._disk = self._most = size_of(folder) + limits.disk
        self._running = self._begin()

    def __reduce__(self) -> Any:
        raise TypeError("a session is a process, and stays where it is: pickle its Sandbox instead")

    def _begin(self) -> _Running:
        try:
            launched = self._launch(self.folder, self._limits)
        except (OSError, RuntimeError) as error:
            raise SandboxError(f"the session's process could not be started: {error}") from error
        running = _Running(launched, self._limits)
        running.send({**attrs.asdict(self._limits), "folder": str(self.folder)})
        line = running.answer(time.monotonic() + _STARTING)
        if not line or not line.get("ready"):
            said = running.output.until_end(0.5).strip() or running.last_words()
            running.end()
            raise SandboxError(f"the session's process could not be started: {said[-400:]}")
        return running

    def run(
        self, code: str, timeout: float | None = None, *, variables: Sequence[str] = ()
    ) -> Result:
        """Run code, and wait for it: see `Session.run`."""
        seconds = self._limits.seconds if timeout is None else float(timeout)
        with self._lock:
            if self._closed:
                raise SandboxClosedError("the session was closed; start another one")
            self._stopped = False
            if self._running is None:
                self._running = self._begin()
            return self._run(self._running, code, seconds, variables)

    def _run(
        self, running: _Running, code: str, seconds: float, variables: Sequence[str]
    ) -> Result:
        before = files_in(self.folder)
        # What earlier runs have left over the limit does not end this one, unless it adds to it.
        self._most = max(self._disk, size_of(self.folder))
        token = secrets.token_hex(16)
        running.output.begin(token)
        begun = time.monotonic()
        request = {"token": token, "code": code, "timeout": seconds, "variables": list(variables)}
        error: SandboxError | None = None
        answer: Mapping[str, Any] | None = None
        if running.send(request):
            answer, error = self._await(running, token, begun + seconds + _GRACE, seconds)
        if answer is None:
            if self._closed or self._stopped:
                error = SandboxKilledError("the run was stopped, and its variables are gone")
            error = error or running.why_it_ended(self._limits)
            running.end()
            self._running = None
        took = time.monotonic() - begun
        text = running.output.until_end(0.5)[: self._limits.output]
        return self._result(answer or {}, error, text, took, before)

    def _result(
        self,
        answer: Mapping[str, Any],
        error: SandboxError | None,
        text: str,
        took: float,
        before: Mapping[Path, tuple[int, int]],
    ) -> Result:
        figures = tuple(self.folder / name for name in answer.get("figures") or ())
        after = files_in(self.folder)
        files = tuple(
            path for path, seen in after.items() if before.get(path) != seen and path not in figures
        )
        told = answer.get("error")
        return Result(
            text,
            value=answer.get("value"),
            error=error if error is not None or told is None else _error(told, self._limits),
            figures=figures,
            files=files,
            seconds=took,
            variables=dict(answer.get("variables") or {}),
            lost_state=self._running is None,
        )

    def _await(
        self, running: _Running, token: str, deadline: float, seconds: float
    ) -> tuple[Mapping[str, Any] | None, SandboxError | None]:
        """Wait for the answer of a run; return it, or why the process is to be killed."""
        disk_at = 0.0
        while True:
            now = time.monotonic()
            if now >= deadline:
                return None, TimeLimitError(_too_long(seconds))
            answer = running.answer(min(now + _LOOK, deadline))
            if answer is not None:
                if answer.get("token") == token:
                    return answer, None
                if not answer:
                    return None, None  # the process has ended
                continue  # not of this run: code wrote it
            error = running.limit_reached(self._limits)
            if error is None and now >= disk_at:
                disk_at = now + _LOOK_AT_DISK
                if size_of(self.folder) > self._most:
                    error = DiskLimitError(_message("disk", self._limits))
            if error is not None:
                return None, error

    def stop(self) -> None:
        """End the run that goes on now, if any: see `Session.stop`."""
        self._stopped = True
        running = self._running
        if running is not None and self._lock.locked():
            running.kill()

    def close(self) -> None:
        """End the session's processes: see `Session.close`."""
        self._closed = True
        running = self._running
        if running is not None:
            running.kill()
        with self._lock:
            if self._running is not None:
                self._running.end()
                self._running = None

    def __del__(self) -> None:
        running = getattr(self, "_running", None)
        if running is not None:
            running.end()


class _Running:
    """A process that runs code, until it ends."""

    def __init__(self, launched: Launched, limits: Limits) -> None:
        self._launched = launched
        self._pid = launched.pid or 0
        self._buffer = bytearray()
        self._memory = 0  # the most that was seen
        self.output = OutputReader(launched.stdout, 4 * limits.output + 65_536)

    def send(self, request: Mapping[str, Any]) -> bool:
        """Send a request; return whether the process is there to take it."""
        data = memoryview(json.dumps(request).encode() + b"\n")
        try:
            while data:
                data = data[self._launched.stdin.write(data) or 0 :]
        except (OSError, ValueError):
            return False
        return True

    def answer(self, until: float) -> dict[str, Any] | None:
        """Return the next answer; an empty one if the process has ended; ``None`` if there is none.

        Args:
            until: the time, of ``time.monotonic()``, until which to wait.
        """
        while b"\n" not in self._buffer:
            try:
                descriptor = self._launched.stderr.fileno()
                left = max(0.0, until - time.monotonic())
                if not select.select([descriptor], [], [], left)[0]:
                    return None
                piece = os.read(descriptor, 1 << 20)
            except (OSError, ValueError):
                piece = b""
            if not piece or len(self._buffer) > _LONGEST:
                return {}
            self._buffer += piece
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        with contextlib.suppress(ValueError):
            answer = json.loads(line)
            if isinstance(answer, dict) and answer:
                return answer
        return {"token": None, "said": line[-500:].decode("utf-8", "replace")}

    def last_words(self) -> str:
        """Return what stands in the pipe of answers that is none: why a program did not start."""
        words = [bytes(self._buffer).decode("utf-8", "replace")]
        while (answer := self.answer(time.monotonic() + 0.2)) and "said" in answer:
            words.append(answer["said"])
        return " ".join(words).strip()

    def limit_reached(self, limits: Limits) -> SandboxError | None:
        """Return the error of a limit that the processes have reached together."""
        if self.output.beyond:
            return OutputLimitError(_message("output", limits))
        pids = members(self._pid)
        if len(pids) > limits.processes + _OWN_PROCESSES:
            return ProcessLimitError(_message("processes", limits))
        self._memory = max(self._memory, used := memory_of(pids))
        if used > limits.memory:
            return MemoryLimitError(_message("memory", limits))
        return None

    def why_it_ended(self, limits: Limits) -> SandboxError:
        """Return the error for a process that ended by itself."""
        if self._memory > limits.memory * 0.7:
            return MemoryLimitError(_message("memory", limits))
        return SandboxKilledError("the session's process ended, and its variables are gone")

    def kill(self) -> None:
        """Kill the process, and what it has started."""
        if self._pid:
            kill_all(self._pid)
        with contextlib.suppress(OSError, RuntimeError):
            self._launched.kill()

    def end(self) -> None:
        """Kill the process, wait for its end, and close its pipes."""
        self.kill()
        with contextlib.suppress(Exception):
            self._launched.wait(5)
        self.output.until_end(0.5)
        for pipe in (self._launched.stdin, self._launched.stderr, self._launched.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def _error(told: Mapping[str, str], limits: Limits) -> SandboxError:
    """Return the error for what the runner says stopped the code."""
    kind = told.get("kind", "code")
    classes: dict[str, type[SandboxError]] = {
        "memory": MemoryLimitError,
        "processes": ProcessLimitError,
        "open_files": FilesLimitError,
        "disk": DiskLimitError,
        "output": OutputLimitError,
        "time": TimeLimitError,
    }
    if kind in classes:
        return classes[kind](_message(kind, limits))
    type_, text = told.get("type", ""), told.get("text", "")
    return CodeError(
        f"{type_}: {text}" if text else type_, type=type_, traceback=told.get("traceback", "")
    )


def _too_long(seconds: float) -> str:
    return f"the run took longer than the {seconds:g} s that it may"


def _message(kind: str, limits: Limits) -> str:
    mib = 1024 * 1024
    return {
        "time": "the run took longer than it may",
        "memory": f"the code took more than the {limits.memory // mib} MiB of memory that it may",
        "processes": f"the code started more than the {limits.processes} processes that it may",
        "open_files": f"the code opened more than the {limits.open_files} files that it may",
        "disk": f"the code wrote more than the {limits.disk // mib} MiB that it may",
        "output": f"the code printed more than the {limits.output} characters that it may",
    }[kind]
