"""A context in which Ctrl-C raises `KeyboardInterrupt`."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

__all__ = ["interruptible"]


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGINT raise `KeyboardInterrupt` within ``with``, and in processes begun there.

    Python installs no handler in a process that was started with SIGINT ignored, which is how
    shells start jobs in the background.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
