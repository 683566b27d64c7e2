"""The process of a server on stdio: what it does beside speaking MCP, for the error if it fails.

The SDK starts and ends the process, and shows nothing of it but whole messages. `SessionLoop` is
the event loop on which it does so, and lets a `ServerProcess` see the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from agentcore.mcp.stderr_tail import StderrTail

__all__ = ["ServerProcess", "SessionLoop"]

_SHOWN = 200  # of what it wrote that is no MCP
_watching: ContextVar[ServerProcess | None] = ContextVar("agentcore_watching", default=None)


class ServerProcess:
    """What is seen of a server's process, if there is one.

    Attributes:
        stderr: the last lines that it wrote to its standard error.
        noise: the first that it wrote to its standard output since its last answer, and that is
            no message.
    """

    def __init__(self) -> None:
        self.stderr = StderrTail()
        self.noise = ""
        self._line = b""  # the beginning of the line that it has not ended
        self._transport: asyncio.SubprocessTransport | None = None

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """See the process that is started meanwhile in this task."""
        token = _watching.set(self)
        try:
            yield
        finally:
            _watching.reset(token)

    def ended(self) -> str:
        """Say how it ended, as in ``exit code 2``; nothing if it runs or never ran."""
        code = None if self._transport is None else self._transport.get_returncode()
        if code is None:
            return ""
        if code >= 0:
            return f"exit code {code}"
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
        return f"killed by signal {-code}"

    def strayed(self) -> str:
        """Say what it wrote to its standard output that is no MCP; nothing if it did not."""
        line = self._line.decode(errors="replace").strip()
        if not line and not self.noise:
            return ""
        what, how = (self.noise, "") if self.noise else (line, " and did not end the line")
        return (
            f"it wrote {what[:_SHOWN]!r} to its standard output{how}, which is no MCP: each line "
            "there has to be a message of the protocol, and all else belongs on its standard error"
        )

    # --- called by the loop ---------------------------------------------------------------------

    def started(self, transport: asyncio.SubprocessTransport) -> None:
        """Take note of the process."""
        self._transport = transport

    def wrote(self, data: bytes) -> None:
        """Take note of what it wrote to its standard output."""
        _, newline, rest = data.rpartition(b"\n")
        begun = b"" if newline else self._line
        self._line = (begun + rest[: 4 * _SHOWN])[: 4 * _SHOWN]


if sys.platform == "win32":
    _Loop = asyncio.ProactorEventLoop
else:
    _Loop = asyncio.SelectorEventLoop


class SessionLoop(_Loop):
    """An event loop on which a `ServerProcess` sees the process that is started in its `watch`."""

    async def subprocess_exec(
        self, protocol_factory: Callable[[], Any], *args: Any, **options: Any
    ) -> tuple[asyncio.SubprocessTransport, Any]:
        """Start a process; as any event loop does."""
        process = _watching.get()
        if process is None:
            return await super().subprocess_exec(protocol_factory, *args, **options)
        transport, protocol = await super().subprocess_exec(
            lambda: _overheard(protocol_factory(), process), *args, **options
        )
        process.started(transport)
        return transport, protocol


def _overheard(protocol: Any, process: ServerProcess) -> Any:
    receive = protocol.pipe_data_received

    def pipe_data_received(fd: int, data: bytes) -> None:
        if fd == 1:
            process.wrote(data)
        receive(fd, data)

    protocol.pipe_data_received = pipe_data_received
    return protocol
