"""The monitor of a pool: a thread that notices workers which are stuck in a turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Monitor"]

PAUSE = 0.02  # seconds between two looks while there is nothing to watch
QUIET_LOOKS = 5  # looks with nothing to watch, after which the monitor goes to sleep


class Monitor:
    """Looks at a pool every few milliseconds for as long as there is something to watch.

    Its thread is a daemon, starts at the first `wake_up`, and costs nothing while it sleeps.

    Args:
        name: of the thread.
        interval: gives the seconds to the next look, or ``None`` if there is nothing to watch.
        look: replaces the workers that are stuck.

    Attributes:
        awake: set while the thread looks. `Pool.schedule` reads it before it calls `wake_up`,
            because a call costs more.
        thread: the thread, once it was started.
    """

    def __init__(
        self, name: str, interval: Callable[[], float | None], look: Callable[[], None]
    ) -> None:
        self.awake = threading.Event()
        self.thread: threading.Thread | None = None
        self._name = name
        self._interval = interval
        self._look = look
        self._lock = threading.Lock()
        self._closed = False

    def wake_up(self) -> None:
        """Begin to look, if the monitor sleeps."""
        if self.awake.is_set():
            return
        with self._lock:
            if self.thread is None and not self._closed:
                self.thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self.thread.start()
        self.awake.set()

    def _run(self) -> None:
        while not self._closed:
            self.awake.wait()
            quiet = 0
            while quiet < QUIET_LOOKS and not self._closed:
                time.sleep(self._interval() or PAUSE)
                if self._interval() is None:
                    quiet += 1
                else:
                    quiet = 0
                    self._look()
            self.awake.clear()
            if self._interval() is not None:  # it came when `awake` was still set
                self.awake.set()

    def close(self) -> None:
        """Let the thread end, soon; it is not waited for."""
        with self._lock:
            self._closed = True
        self.awake.set()
