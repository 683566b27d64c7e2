"""How the process of a session is started, and what is seen of it from the outside."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import attrs

__all__ = ["Guard", "Launched", "on_launching_thread", "start_process"]

T = TypeVar("T")

# Kills a group of processes when its standard input ends without a line.
_GUARDING: Final = 'read -r _ || kill -s KILL -- "-$1"'


class Guard:
    """A small process that ends a group of processes if this process dies before it ends them.

    The kernel tells only the process that was started here of our death, and not what that has
    started in turn.

    Args:
        group: the id of the group.
    """

    def __init__(self, group: int) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARDING, "sh", str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def release(self) -> None:
        """End the guard: the group has ended, and its id may come to mean another."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.communicate(b"\n", timeout=5)


@attrs.define
class Launched:
    """A process that was started, in a group of its own.

    Attributes:
        pid: its id, and that of its group.
        requests: a pipe to its standard input.
        output: a pipe from its standard output.
        answers: a pipe from its standard error.
        waiting: waits for its end, for some seconds.
        guard: what ends its group if this process dies.
        is_closed: whether all that it starts ends with its group, whatever it does.
        is_nested: whether the code's process is not itself, but one that it starts.
    """

    pid: int
    requests: BinaryIO
    output: BinaryIO
    answers: BinaryIO
    waiting: Callable[[float], Any]
    guard: Guard | None = None
    is_closed: bool = True
    is_nested: bool = False

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, for a time; its guard is released."""
        with contextlib.suppress(Exception):  # the packages that start it have their own
            self.waiting(seconds)
        if self.guard is not None:
            self.guard.release()

    def close_pipes(self, *, with_output: bool) -> None:
        """Close the pipes; that of the output only if nobody reads it any more."""
        pipes = [self.requests, self.answers, *([self.output] if with_output else [])]
        for pipe in pipes:
            with contextlib.suppress(OSError):
                pipe.close()


def start_process(
    arguments: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    *,
    is_nested: bool,
    passing: Sequence[int] = (),
) -> Launched:
    """Start a process in a session and group of its own, with pipes.

    Args:
        arguments: the command.
        folder: in which it begins.
        env: its whole environment.
        is_nested: whether it starts the code's process, in namespaces that end with it, or is that
            process itself.
        passing: descriptors that it inherits.

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
        pass_fds=passing,
    )
    stdin: Any = process.stdin
    stdout: Any = process.stdout
    stderr: Any = process.stderr
    guard = None if is_nested else Guard(process.pid)
    return Launched(
        process.pid,
        stdin,
        stdout,
        stderr,
        process.wait,
        guard,
        is_closed=is_nested,
        is_nested=is_nested,
    )


class _LaunchingThread:
    """The thread that starts all processes of sessions.

    The kernel ends them with the *thread* that started them (``PR_SET_PDEATHSIG``), so that must be
    one that lives as long as this process does, and not the caller's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] | None = None

    def call(self, function: Callable[[], T]) -> T:
        """Return what a function gives on the thread."""
        with self._lock:
            if self._jobs is None:
                self._jobs = queue.SimpleQueue()
                thread = threading.Thread(
                    target=self._serve,
                    args=(self._jobs,),
                    name="agentcore-sandbox-launching",
                    daemon=True,
                )
                thread.start()
        answer: Future[T] = Future()
        self._jobs.put((function, answer))
        return answer.result()

    @staticmethod
    def _serve(jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]]) -> None:
        while True:
            function, answer = jobs.get()
            try:
                answer.set_result(function())
            except BaseException as error:
                answer.set_exception(error)
            del function, answer


_thread = _LaunchingThread()


def _begin_anew() -> None:
    global _thread
    _thread = _LaunchingThread()  # a forked process has none of its parent's threads


os.register_at_fork(after_in_child=_begin_anew)


def on_launching_thread(function: Callable[[], T]) -> T:
    """Return what a function gives on the thread that starts processes."""
    return _thread.call(function)
