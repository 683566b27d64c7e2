"""A latch: what a thread waits for until another thread sets it."""

from __future__ import annotations

import contextlib
import threading

__all__ = ["Latch"]

INTERRUPTIBLE = 0.5  # seconds that the main thread waits before it looks for an interrupt


class Latch:
    """Is set once, by any thread; one thread can wait for it.

    It is a bare lock, because that costs a quarter of a ``threading.Event``.

    Attributes:
        is_set: whether `set` was called.
    """

    __slots__ = ("_lock", "is_set")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.is_set = False

    def set(self) -> None:
        """Wake the thread that waits; the second call does nothing."""
        self.is_set = True
        with contextlib.suppress(RuntimeError):  # the lock was released by an earlier call
            self._lock.release()

    def wait(self, timeout: float | None) -> bool:
        """Block the calling thread until the latch is set.

        Args:
            timeout: seconds, or ``None`` to wait for as long as it takes.

        Returns:
            whether the latch was set in time.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed, and the main thread waits.
        """
        if timeout is not None:
            return self._lock.acquire(timeout=max(0.0, timeout))
        if threading.get_ident() != threading.main_thread().ident:
            return self._lock.acquire()
        # Ctrl-C wakes the main thread from a lock, but not if the signal arrives in the instant
        # before the thread blocks. So the main thread wakes up now and then to see the signal.
        while not self._lock.acquire(timeout=INTERRUPTIBLE):
            pass
        return True
