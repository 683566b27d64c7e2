"""An executor for blocking functions that gives each function a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

__all__ = ["OwnThreads"]

T = TypeVar("T")


class OwnThreads(Executor):
    """Runs each function on a new daemon thread, which ends with the function.

    `concurrent.futures.ThreadPoolExecutor` will not do. Its number of threads is bounded, so
    functions that wait for other functions of the same pool could take all threads and deadlock;
    and the interpreter's exit waits for its threads, so one that hangs would block it.
    """

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run a function; see `concurrent.futures.Executor.submit`."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                value = function(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(value)

        threading.Thread(target=run, name="agentcore-tool", daemon=True).start()
        return future
