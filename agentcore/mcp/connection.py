"""How to reach an MCP server: configuration that pickles, and that opens the SDK's transport."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import PurePath
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import attrs

from agentcore.base.errors import McpError
from agentcore.base.extras import import_extra
from agentcore.mcp.server_process import ServerProcess

__all__ = ["Connection", "Http", "Stdio", "pairs"]

_SHORTEST_SECRET = 6  # characters; shorter values would take harmless words out of errors
_CONNECTING = 30.0  # seconds
_LONGEST_ANSWER = 64 * 1024 * 1024  # bytes in one event of a stream
_PLAIN = re.compile(r"@?[\w./\\ -]+")


def pairs(given: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Give a mapping as sorted pairs, which can be compared and hashed."""
    return tuple(sorted((given or {}).items()))


class Connection(Protocol):
    """Where a server is, and how to speak to it. Equal connections share a session."""

    @property
    def label(self) -> str:
        """Name the server in errors, without what may be secret."""

    @property
    def in_order(self) -> bool:
        """Whether all that the server says comes one after the other, as it said it."""

    def check(self) -> None:
        """Check what can be checked before connecting.

        Raises:
            McpError: an environment variable that it needs is not set.
        """

    def transport(self, process: ServerProcess) -> Any:
        """Give the SDK's context manager of a stream to read and one to write.

        Args:
            process: sees the server's process, if the connection starts one.
        """

    def advice(self) -> str:
        """Say what to do when it cannot be reached."""

    def redact(self, text: str) -> str:
        """Replace what is secret in a text, such as an error, by ``***``."""


@attrs.frozen
class Stdio:
    """A server that this process starts, and that speaks over its standard input and output.

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

    @property
    def in_order(self) -> bool:
        """It has one pipe for answers and notifications."""
        return True

    def check(self) -> None:
        """Check that the environment variables it takes are set; raise `McpError` if not."""
        _need(self.env_from, self.label)

    @contextlib.asynccontextmanager
    async def transport(self, process: ServerProcess) -> AsyncIterator[Any]:
        """Start the server, and end it with the context."""
        stdio = import_extra("mcp.client.stdio", "mcp", "an MCP server")
        passed = {name: os.environ[name] for name in self.env_from}
        parameters = stdio.StdioServerParameters(
            command=self.command,
            args=list(self.args),
            env=passed | dict(self.env),
            cwd=self.cwd,
            encoding_error_handler="replace",
        )
        async with contextlib.AsyncExitStack() as stack:
            with process.stderr.listen(self.label) as errors, process.watch():
                started = stdio.stdio_client(parameters, errlog=errors)
                streams = await stack.enter_async_context(started)
            yield streams

    def advice(self) -> str:
        """Say what to check when the server cannot be reached."""
        return "check the command, its arguments and cwd=, and that it speaks MCP on its output"

    def redact(self, text: str) -> str:
        """Replace the values of its environment variables."""
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

    @property
    def in_order(self) -> bool:
        """Notifications come in a response of their own, beside those with the answers."""
        return False

    def check(self) -> None:
        """Check that the environment variables it takes are set; raise `McpError` if not."""
        _need(tuple(variable for _, variable in self.headers_env), self.label)

    @contextlib.asynccontextmanager
    async def transport(self, process: ServerProcess) -> AsyncIterator[Any]:
        """Connect to the server."""
        client = import_extra("mcp.client.streamable_http", "mcp", "an MCP server")
        import_extra("httpx2", "mcp", "an MCP server over HTTP")
        from agentcore.mcp.http_client import AnsweringClient

        values = {name: os.environ[variable] for name, variable in self.headers_env}
        headers = dict(self.headers) | values
        async with (
            AnsweringClient(headers, _CONNECTING) as http,
            client.streamable_http_client(
                self.url, http_client=http, max_sse_event_size=_LONGEST_ANSWER
            ) as streams,
        ):
            yield streams

    def advice(self) -> str:
        """Say what to check when the server cannot be reached."""
        return "check that it runs, its address (most end in /mcp) and its headers"

    def redact(self, text: str) -> str:
        """Replace the values of its headers, and what its URL may hold beyond the label."""
        values = [value for _, value in self.headers]
        values += [os.environ.get(variable, "") for _, variable in self.headers_env]
        # An error may quote the token of "Bearer abc" without its first word.
        values += [value.rpartition(" ")[2] for value in values]
        address = urlsplit(self.url)
        values += [address.password or "", *(value for _, value in parse_qsl(address.query))]
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
