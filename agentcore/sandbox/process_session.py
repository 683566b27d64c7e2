"""`ProcessSession`: runs code in a process, and begins a new one when that is lost."""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from agentcore.base.sandbox_errors import (
    SandboxClosedError,
    SandboxError,
    SandboxKilledError,
)
from agentcore.sandbox.answers import Answer
from agentcore.sandbox.folder_watch import FolderState, is_plain_file, look_into
from agentcore.sandbox.launching import Launched
from agentcore.sandbox.limit_errors import limit_error, told_error
from agentcore.sandbox.limits import Limits
from agentcore.sandbox.program import greeting
from agentcore.sandbox.protocol import Result
from agentcore.sandbox.running import Running

__all__ = ["ProcessSession"]

_STARTING: Final = 60.0  # seconds that a process may take to be ready
_GRACE: Final = 0.5  # seconds beyond the timeout, before the process is killed
_LOOK: Final = 0.05  # seconds between two looks at the processes


class ProcessSession:
    """A session whose code runs in a process of its own: see `Session`.

    Args:
        kind: the kind of sandbox.
        launch: starts the process.
        folder: the folder in which the code runs; it is made if it is not there.
        limits: what the code may use.
        preload: modules that the process imports as soon as it has started.

    Raises:
        SandboxError: the process could not be started.
    """

    def __init__(
        self,
        kind: str,
        launch: Callable[[Path, Limits], Launched],
        folder: str | Path,
        limits: Limits,
        preload: Sequence[str] = (),
    ) -> None:
        self.folder = _made(folder)
        self._kind = kind
        self._launch = launch
        self._limits = limits
        self._preload = _names(preload, "preload")
        self._lock = threading.Lock()  # held by the run that goes on
        self._running: Running | None = None
        self._is_warm = True  # whether what is preloaded is there
        self._ending = ""  # why the run that goes on is to end
        self._closed = False
        self._figures = 1  # the number of the next figure
        self._disk = look_into(self.folder).size + limits.disk
        self._running = self._begin()

    def __reduce__(self) -> Any:
        raise TypeError("a session is a process, and stays where it is: pickle its Sandbox instead")

    def _begin(self) -> Running:
        try:
            running = Running(self._launch(self.folder, self._limits), self._limits)
        except (OSError, RuntimeError) as error:
            raise SandboxError(f"the session's process could not be started: {error}") from error
        try:
            until = time.monotonic() + _STARTING
            running.send(greeting(self._kind, self.folder, self._limits, self._preload), until)
            if running.answer("", until) is None:
                running.answer("", time.monotonic() + 0.2)  # until its last words
                said = f"{running.said} {running.output.until_end(0.2)}".strip()
                why = said[-400:] or "it said nothing"
                raise SandboxError(f"the session's process could not be started: {why}")
        except BaseException:
            running.end()
            raise
        self._is_warm = not self._preload
        return running

    def run(
        self, code: str, timeout: float | None = None, *, variables: Sequence[str] = ()
    ) -> Result:
        """Run code, and wait for it: see `Session.run`."""
        if not isinstance(code, str):
            raise TypeError(f"code is a text, not {type(code).__name__}")
        wanted = _names(variables, "variables")
        seconds = _seconds(timeout, self._limits.seconds)
        with self._lock:
            self._ending = ""
            self._check_open()
            if self._running is None:
                self._running = self._begin()
                self._check_open()
            return self._run(self._running, code, seconds, wanted)

    def _check_open(self) -> None:
        if self._closed:
            self._end()
            raise SandboxClosedError("the session was closed; start another one")

    def _run(
        self, running: Running, code: str, seconds: float, variables: tuple[str, ...]
    ) -> Result:
        before = look_into(self.folder)
        # What earlier runs have left over the limit does not end this one, unless it adds to it.
        most = max(self._disk, before.size)
        token = secrets.token_hex(16)
        begun = time.monotonic()
        error, answer = self._warm_up(running, most)
        if error is None:
            running.output.begin(token)
            begun = time.monotonic()
            request = {
                "token": token,
                "code": code,
                "timeout": seconds,
                "variables": list(variables),
                "figures": self._figures,
            }
            until = begun + seconds + _GRACE
            running.request(request, until)
            error, answer = self._await(running, token, until, most, seconds)
        took = time.monotonic() - begun
        if answer is None:
            self._end()
        text = running.output.until_end(0.5)[: self._limits.output]
        if answer is not None:
            running.rest()
        return self._result(answer, error, text, took, before, most, seconds, variables)

    def _warm_up(self, running: Running, most: int) -> tuple[SandboxError | None, Answer | None]:
        """Wait until what is preloaded is there, so that it is not of the run's time."""
        if self._is_warm:
            return None, None
        until = time.monotonic() + _STARTING
        error, answer = self._await(running, "", until, most, _STARTING)
        self._is_warm = answer is not None
        return error, None

    def _await(
        self, running: Running, token: str, until: float, most: int, seconds: float
    ) -> tuple[SandboxError | None, Answer | None]:
        """Wait for an answer; return it, or why the process is to be killed."""
        while (now := time.monotonic()) < until:
            answer = running.answer(token, min(now + _LOOK, until))
            if answer is not None:
                return None, answer
            if self._ending:
                return SandboxKilledError(self._ending), None
            if running.has_ended:
                if running.output.beyond:
                    return limit_error("output", self._limits, seconds), None
                if running.was_short_of_memory():
                    return limit_error("memory", self._limits, seconds), None
                words = "the session's process ended, and its variables are gone"
                return SandboxKilledError(words), None
            reached = running.limit_reached(self.folder, most)
            if reached is not None:
                return limit_error(reached, self._limits, seconds), None
        return limit_error("time", self._limits, seconds), None

    def _result(
        self,
        answer: Answer | None,
        error: SandboxError | None,
        text: str,
        took: float,
        before: FolderState,
        most: int,
        seconds: float,
        wanted: tuple[str, ...],
    ) -> Result:
        answer = answer or Answer("")
        after = look_into(self.folder)
        paths = (self.folder / name for name in answer.figures)
        figures = tuple(path for path in paths if is_plain_file(path))
        self._figures += len(figures)
        if error is None and answer.error is not None:
            error = told_error(answer.error, self._limits, seconds)
        if error is None and after.size > most:
            error = limit_error("disk", self._limits, seconds)
        return Result(
            text,
            value=answer.value,
            error=error,
            figures=figures,
            files=tuple(path for path in after.changed_since(before) if path not in figures),
            seconds=took,
            variables={name: answer.variables[name] for name in wanted if name in answer.variables},
            lost_state=self._running is None,
        )

    def stop(self) -> None:
        """End the run that goes on now, if any: see `Session.stop`."""
        self._ending = self._ending or "the run was stopped, and its variables are gone"
        running = self._running
        if running is not None and self._lock.locked():
            running.kill()

    def close(self) -> None:
        """End the session's processes: see `Session.close`."""
        self._closed = True
        self._ending = "the session was closed, and its variables are gone"
        running = self._running
        if running is not None:
            running.kill()
        with self._lock:
            self._end()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def __del__(self) -> None:
        running = getattr(self, "_running", None)
        if running is not None:
            running.end()


def _made(folder: str | Path) -> Path:
    try:
        place = Path(folder).resolve()
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise SandboxError(f"the folder of a session could not be made: {error}") from error
    if place == Path(place.anchor):
        raise SandboxError("the root of the file system is no folder for a session: give another")
    return place


def _names(given: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(given, str):
        raise TypeError(f"{what} is a list of names: write {what}=[{given!r}]")
    names = tuple(given)
    if not all(isinstance(each, str) for each in names):
        raise TypeError(f"{what} is a list of names, not {given!r}")
    return names


def _seconds(timeout: float | None, otherwise: float) -> float:
    if timeout is None:
        return float(otherwise)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is a number of seconds, not {timeout!r}")
    if not 0 < timeout < math.inf:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
    return float(timeout)
