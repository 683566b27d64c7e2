"""The last lines that an MCP server wrote to its standard error."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from typing import IO

from agentcore.base import logger

__all__ = ["StderrTail"]

_LINES = 20  # lines that are kept
_CHECKS = 20  # checks whether the reader has read all that a server wrote before it ended
_CHECK_SECONDS = 0.01  # between two of them


class StderrTail:
    """Reads a server's standard error, logs it, and keeps its end for the error if it fails."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._reader: threading.Thread | None = None

    def listen(self, label: str) -> IO[str]:
        """Give the file for the server to write to; the reader ends when every copy is closed."""
        reading, writing = os.pipe()
        self._reader = threading.Thread(
            target=self._read, args=(reading, label), name="agentcore-mcp-stderr", daemon=True
        )
        self._reader.start()
        return os.fdopen(writing, "w")

    def _read(self, reading: int, label: str) -> None:
        with os.fdopen(reading, errors="replace") as lines:
            for line in lines:
                self._lines.append(line.rstrip())
                logger.debug("the MCP server {} says: {}", label, line.rstrip())

    async def last(self) -> str:
        """Give the lines; wait up to 0.2 s for those of a server that has just ended."""
        for _ in range(_CHECKS):
            if self._reader is None or not self._reader.is_alive():
                break
            await asyncio.sleep(_CHECK_SECONDS)
        return "\n".join(self._lines)
