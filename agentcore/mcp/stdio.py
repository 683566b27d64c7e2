"""Standard input and output of a process that is an MCP server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

from agentcore.base.extras import import_extra

__all__ = ["stdio_streams"]

_CHUNK = 65536


@contextlib.asynccontextmanager
async def stdio_streams() -> AsyncIterator[Any]:
    """Give the SDK's streams on standard input and output, which only the client uses meanwhile.

    Whatever else the process prints goes to standard error, and whatever else reads standard input
    finds its end.

    Raises:
        ExtraMissingError: the package ``mcp`` is not installed.
    """
    stdio = import_extra("mcp.server.stdio", "mcp", "serving agents over MCP")
    sys.stdout.flush()
    kept = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        async with stdio.stdio_server(stdin=_StdinLines(kept)) as streams:
            with contextlib.redirect_stdout(sys.stderr):
                yield streams
    finally:
        os.dup2(kept, 0)  # `kept` is not closed, because the thread may still read it


class _StdinLines:
    """The lines of a file, which a daemon thread reads.

    The SDK reads in a call that cannot be cancelled: until the client sent another line, neither an
    interrupt nor a cancellation would end the server.
    """

    def __init__(self, file: int) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        thread = threading.Thread(
            target=self._read, args=(file,), name="agentcore-mcp-stdin", daemon=True
        )
        thread.start()

    def _read(self, file: int) -> None:
        # With os.read, because the interpreter waits for the lock of a buffered file when it ends.
        rest = b""
        with contextlib.suppress(OSError, RuntimeError):  # the loop is closed
            while chunk := os.read(file, _CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._put(line.decode("utf-8", "replace"))
            if rest:
                self._put(rest.decode("utf-8", "replace"))
            self._put(None)

    def _put(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, line)

    def __aiter__(self) -> _StdinLines:
        return self

    async def __anext__(self) -> str:
        line = await self._queue.get()
        if line is None:
            raise StopAsyncIteration
        return line
