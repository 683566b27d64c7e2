"""How to reach an MCP server: configuration that pickles, and connects where it is used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from pathlib import PurePath
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import attrs
from loguru import logger

from agentcore.base.errors import McpError
from agentcore.base.extras import import_extra

__all__ = ["Connection", "Http", "Said", "Stdio", "pairs"]

_LINES = 20
_SHORTEST_SECRET = 6
_PLAIN = re.compile(r"@?[\w./\\ -]+")


def pairs(given: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Give a mapping as a value that can be compared and hashed."""
    return tuple(sorted((given or {}).items()))


class Said:
    """The last lines that a server wrote to its standard error, for whoever asks why it ended."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._reader: threading.Thread | None = None

    def listen(self, label: str) -> IO[str]:
        """Give the file for the server to write to; the reader ends when all have closed it."""
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
        """Give the lines; waits a moment for those of a server that has ended."""
        for _ in range(20):
            if self._reader is None or not self._reader.is_alive():
                break
            await asyncio.sleep(0.01)
        return "\n".join(self._lines)


class Connection(Protocol):
    """Where a server is, and how to speak to it. Equal ones share a session."""

    @property
    def label(self) -> str:
        """Name the server in errors, without what may be secret."""

    def check(self) -> None:
        """Raise `McpError` where it is plain from here that nothing can come of it."""

    def transport(self, said: Said) -> Any:
        """Give the SDK's context manager of two streams."""

    def advice(self) -> str:
        """Say what to do when it cannot be reached."""

    def redact(self, text: str) -> str:
        """Take out what is secret."""


@attrs.frozen
class Stdio:
    """A server that is started here, and speaks over its standard input and output.

    Attributes:
        command: the program.
        args: its arguments; they may hold keys, and are not shown.
        env: variables for it, over the few that the SDK passes on.
        env_from: names of variables that it gets from the process it is started in.
        cwd: where it runs.
    """

    command: str
    args: tuple[str, ...] = attrs.field(default=(), repr=False)
    env: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    env_from: tuple[str, ...] = ()
    cwd: str | None = None

    @property
    def label(self) -> str:
        """Name it by its program, and its script or package where that is plain to see."""
        words = [PurePath(self.command).name]
        rest = self.args[1:] if self.args[:1] in (("-m",), ("-y",), ("run",)) else self.args
        if rest and not rest[0].startswith("-") and _PLAIN.fullmatch(rest[0]):
            words.append(PurePath(rest[0]).name if rest is self.args else rest[0])
        return f"{' '.join(words)} (stdio)"

    def check(self) -> None:
        """Look for variables that are not there."""
        _need(self.env_from, self.label)

    @contextlib.asynccontextmanager
    async def transport(self, said: Said) -> AsyncIterator[Any]:
        """Start it."""
        stdio = import_extra("mcp.client.stdio", "mcp", "an MCP server")
        passed = {name: os.environ[name] for name in self.env_from}
        parameters = stdio.StdioServerParameters(
            command=self.command, args=list(self.args), env=passed | dict(self.env), cwd=self.cwd
        )
        with said.listen(self.label) as errors:
            async with stdio.stdio_client(parameters, errlog=errors) as streams:
                yield streams

    def advice(self) -> str:
        """Say what to look at."""
        return "check the command, its arguments and cwd=, and that it speaks MCP on its output"

    def redact(self, text: str) -> str:
        """Take out the values of its variables."""
        return _without((*(v for _, v in self.env), *map(os.environ.get, self.env_from)), text)


@attrs.frozen
class Http:
    """A server that is reached over streamable HTTP.

    Attributes:
        url: of its endpoint; it may hold a key, and is not shown.
        headers: sent with each request; they may hold keys, and are not shown.
        headers_env: headers whose values are in variables of the process that connects.
    """

    url: str = attrs.field(repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    headers_env: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Name it by its address, without user and query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def check(self) -> None:
        """Look for variables that are not there."""
        _need(tuple(variable for _, variable in self.headers_env), self.label)

    @contextlib.asynccontextmanager
    async def transport(self, said: Said) -> AsyncIterator[Any]:
        """Connect to it."""
        client = import_extra("mcp.client.streamable_http", "mcp", "an MCP server")
        httpx = import_extra("httpx2", "mcp", "an MCP server over HTTP")
        values = {name: os.environ[variable] for name, variable in self.headers_env}
        # Tools may take long, and have a time-out of their own; connecting does not take long.
        patience = httpx.Timeout(30.0, read=None)
        async with (
            httpx.AsyncClient(headers=dict(self.headers) | values, timeout=patience) as http,
            client.streamable_http_client(self.url, http_client=http) as streams,
        ):
            yield streams

    def advice(self) -> str:
        """Say what to look at."""
        return "check that it runs, its address (most end in /mcp) and its headers"

    def redact(self, text: str) -> str:
        """Take out the values of its headers, and the address with all that is in it."""
        values = [value for _, value in self.headers]
        values += [os.environ.get(variable, "") for _, variable in self.headers_env]
        # "Bearer abc" may be quoted without its first word.
        values += [value.rpartition(" ")[2] for value in values]
        return _without((*values,), text.replace(self.url, self.label))


def _need(variables: tuple[str, ...], label: str) -> None:
    absent = [name for name in variables if name not in os.environ]
    if absent:
        raise McpError(
            f"the MCP server {label} needs the environment variable {', '.join(absent)}, which is "
            "not set in the process where the agent lives",
            server=label,
        )


def _without(secrets: tuple[str | None, ...], text: str) -> str:
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text
