"""`OutputReader`: takes what a session's processes print, within a bound."""

from __future__ import annotations

import threading
from typing import BinaryIO, Final

__all__ = ["OutputReader"]

_PIECE: Final = 65_536


class OutputReader:
    """Reads the output of a session on a thread of its own, so that no process waits for us.

    Args:
        pipe: the output of all processes of the session.
        limit: how many bytes of one run are kept; what comes beyond is counted, and dropped.
    """

    def __init__(self, pipe: BinaryIO, limit: int) -> None:
        self._pipe = pipe
        self._limit = limit
        self._kept = bytearray()
        self._beyond = 0
        self._marker = b""
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, name="agentcore-sandbox", daemon=True)
        self._thread.start()

    @property
    def beyond(self) -> int:
        """How many bytes of this run were dropped."""
        return self._beyond

    def begin(self, token: str) -> None:
        """Forget what came before, and await the end of the run that has this token."""
        with self._changed:
            self._kept.clear()
            self._beyond = 0
            self._marker = b"\0" + token.encode() + b"\n"

    def until_end(self, timeout: float) -> str:
        """Return what this run printed, after its end was read, or after some time."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._has_marker(), timeout)
            kept = bytes(self._kept)
            text = kept.partition(self._marker)[0] if self._has_marker() else kept
        return text.decode("utf-8", "replace")

    def has_ended(self, timeout: float) -> bool:
        """Wait until the pipe has ended, for a time; return whether it has.

        Before that the pipe must not be closed: its number would come to mean another one, and the
        thread would read from that.
        """
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _has_marker(self) -> bool:
        return bool(self._marker) and self._marker in self._kept

    def _read(self) -> None:
        while True:
            try:
                piece = self._pipe.read(_PIECE)
            except (OSError, ValueError):
                piece = b""
            with self._changed:
                if not piece:
                    self._ended = True
                    self._changed.notify_all()
                    return
                self._take(piece)
                self._changed.notify_all()

    def _take(self, piece: bytes) -> None:
        # The marker is looked for in the end of what was kept too, as it may come in two pieces.
        self._kept += piece
        excess = len(self._kept) - self._limit
        if excess > 0 and not self._has_marker():
            tail = len(self._marker)
            del self._kept[self._limit : max(self._limit, len(self._kept) - tail)]
            self._beyond += excess
