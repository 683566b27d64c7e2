"""The client's side: tools of MCP servers as tools of agents."""

from __future__ import annotations

import asyncio
import fnmatch
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from agentcore.base.errors import ExtraMissingError, McpError
from agentcore.base.unicode_text import valid_texts
from agentcore.mcp.connection import Connection, Http, Stdio, pairs
from agentcore.mcp.failures import is_timeout, words
from agentcore.mcp.names import safe_names
from agentcore.mcp.results import NOTHING
from agentcore.mcp.session import Session
from agentcore.mcp.session_pool import session_pool
from agentcore.tools.decorator import Tool

__all__ = ["McpServer"]


def _patterns(given: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen
class McpServer:
    """An MCP server whose tools an agent may use: an item of an agent's ``tools=[...]``.

    `stdio` or `http` make one. It is configuration and pickles. A process opens a session when one
    of its agents first needs a tool of the server, and all its agents with an equal `McpServer`
    share that session. If the server has ended, the next call starts it again, or connects again.
    When the process ends, it closes its sessions and ends the servers that it started.

    Attributes:
        connection: where the server is, and how to speak to it.
        include, exclude: names of tools, or patterns as in ``"read_*"``; ``None`` for all of
            them, and for none.
        prefix: put before each tool's name, so that two servers may have a tool of the same name.
        approve: who is asked before each call, as for `Tool`.
        timeout: seconds to connect, and for each call.
    """

    connection: Connection
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    prefix: str = ""
    approve: Any = None
    timeout: float = 30.0

    @classmethod
    def stdio(
        cls,
        command: str | os.PathLike[str],
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        *,
        env_from: Sequence[str] = (),
        include: Sequence[str] | str | None = None,
        exclude: Sequence[str] | str | None = None,
        prefix: str = "",
        approve: Callable[..., Any] | Any = None,
        timeout: float = 30.0,
    ) -> McpServer:
        """Describe a server that each process starts for itself.

        Args:
            command, args: the program. It gets few environment variables of the process:
                ``HOME``, ``PATH`` and the like.
            env: more variables for it. They are pickled with the agent.
            env_from: names of variables that it gets from the process that starts it, so that
                keys need not be pickled.
            cwd: the folder to run it in.
            include, exclude, prefix, approve, timeout: see `McpServer`.
        """
        folder = None if cwd is None else os.fspath(cwd)
        words = tuple(map(str, args))
        connection = Stdio(os.fspath(command), words, pairs(env), tuple(env_from), folder)
        return cls(connection, _patterns(include), _patterns(exclude), prefix, approve, timeout)

    @classmethod
    def http(
        cls,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        headers_env: Mapping[str, str] | None = None,
        include: Sequence[str] | str | None = None,
        exclude: Sequence[str] | str | None = None,
        prefix: str = "",
        approve: Callable[..., Any] | Any = None,
        timeout: float = 30.0,
    ) -> McpServer:
        """Describe a server that is reached over streamable HTTP.

        Args:
            url: of its endpoint.
            headers: sent with each request. They are pickled with the agent.
            headers_env: headers whose values are in environment variables of the process that
                connects, so that keys need not be pickled: ``{"Authorization": "MY_TOKEN"}``.
            include, exclude, prefix, approve, timeout: see `McpServer`.
        """
        connection = Http(url, pairs(headers), pairs(headers_env))
        return cls(connection, _patterns(include), _patterns(exclude), prefix, approve, timeout)

    async def tools(self) -> tuple[Tool, ...]:
        """Give the server's tools as they are now; connect first if this process has no session.

        Raises:
            McpError: the server cannot be started or reached, or has no tool that ``include``
                names.
            ExtraMissingError: the package ``mcp`` is not installed.
        """
        session = session_pool().known(self.connection)
        listing = None if session is None else session.listing
        if listing is None:
            listing = await session_pool().run(self._list)
        by_name = {tool.name: tool for tool in listing}
        names = safe_names(self.prefix + name for name in self._wanted(tuple(by_name)))
        return tuple(
            self._tool(by_name[name.removeprefix(self.prefix)], safe)
            for name, safe in names.items()
        )

    async def close(self) -> None:
        """End the session of this process with the server; the next call opens another."""
        await session_pool().run(lambda: session_pool().close(self.connection))

    async def _list(self) -> tuple[Any, ...]:
        async def send(session: Session) -> tuple[Any, ...]:
            async with asyncio.timeout(self.timeout):
                return await session.tools()

        try:
            return await session_pool().request(self.connection, self.timeout, send, again=True)
        except (McpError, ExtraMissingError):
            raise
        except Exception as error:
            raise self._failure("its tools cannot be listed", error) from None

    def _wanted(self, names: tuple[str, ...]) -> list[str]:
        for option in ("include", "exclude"):
            for pattern in getattr(self, option) or ():
                if not fnmatch.filter(names, pattern):
                    raise McpError(
                        f"the MCP server {self.connection.label} has no tool {pattern!r} "
                        f"({option}=); it has: {', '.join(names) or 'none'}",
                        server=self.connection.label,
                    )
        return [
            name
            for name in names
            if _matches(name, self.include, True) and not _matches(name, self.exclude, False)
        ]

    def _tool(self, listed: Any, name: str) -> Tool:
        hints = listed.annotations
        # A call that changes nothing the second time is sent again if the server ends meanwhile.
        again = bool(hints and (hints.read_only_hint or hints.idempotent_hint))

        async def call(**arguments: Any) -> str:
            return await session_pool().run(lambda: self._call(listed.name, arguments, again))

        return Tool(
            name=name,
            description=listed.description or listed.title or "",
            parameters=listed.input_schema,
            function=call,
            approve=self.approve,
        )

    async def _call(self, name: str, arguments: dict[str, Any], again: bool) -> str:
        async def send(session: Session) -> Any:
            return await session.call(name, valid_texts(arguments), self.timeout)

        try:
            result = await session_pool().request(self.connection, self.timeout, send, again=again)
        except (McpError, ExtraMissingError):
            raise
        except Exception as error:
            raise self._failure(f"its tool {name!r} failed", error) from None
        text: str = result.content[0].text
        if not result.is_error:
            return text
        if text == NOTHING:
            text = f"the MCP server {self.connection.label} says that {name!r} failed, and not why"
        raise McpError(text, server=self.connection.label)

    def _failure(self, what: str, error: Exception) -> McpError:
        # To be raised ``from None``: the text of the cause may quote a secret.
        label = self.connection.label
        why = words(error)
        if is_timeout(error):
            session = session_pool().known(self.connection)
            aside = "" if session is None else session.aside()
            why = f"no answer within {self.timeout:g} s (timeout=){aside}"
        text = self.connection.redact(f"the MCP server {label}: {what}: {why}")
        return McpError(text, server=label)


def _matches(name: str, patterns: tuple[str, ...] | None, otherwise: bool) -> bool:
    if patterns is None:
        return otherwise
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
