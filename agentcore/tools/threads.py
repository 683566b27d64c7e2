"""Threads for functions that block: one each, for as long as it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

__all__ = ["OwnThreads"]

T = TypeVar("T")


class OwnThreads(Executor):
    """Runs each function on a thread of its own.

    What is run may wait for others that are run here: with a number of threads that is bounded,
    all could wait, and none be left for what they wait for. And a thread that hangs is to keep no
    interpreter from exiting.
    """

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run it; see `concurrent.futures.Executor`."""
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
