"""The server's side: agents served as tools, over stdio or streamable HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable
from typing import Any, Literal

from agentcore.base.extras import import_extra
from agentcore.mcp.agent_tools import EXTRA, AgentTools, ServedAgents
from agentcore.mcp.stdio import stdio_streams
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.system import AgentSystem

__all__ = ["a_serve", "serve"]


def serve(
    served: AgentSystem | AgentRef,
    transport: Literal["stdio", "http"] = "stdio",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    name: str = "agentcore",
    agents: Iterable[Any] | None = None,
    ready: Callable[[str], Any] | None = None,
) -> None:
    """Serve a system, or one agent, as an MCP server, until the client leaves or an interrupt.

    Each agent is a tool with the agent's name (characters that models do not take become ``_``) and
    its description. A call is a conversation of its own with the agent, which the argument
    ``message`` begins; the tool returns what the agent said last. Calls are served concurrently.
    If the client cancels a call, the conversation is cancelled.

    Args:
        served: a system, or the ref of an agent.
        transport: ``stdio`` for a client that starts this process; nothing else may then use
            its standard input and output: what is printed goes to standard error. ``http`` for
            streamable HTTP, at ``/mcp``, without authentication: put a gateway before it.
        host, port: where ``http`` listens; port 0 takes one that is free.
        name: of the server, for the client.
        agents: those of the system to serve, as refs or names; by default all that it has when
            the client asks, but for those that only live as long as a conversation.
        ready: called with the address when ``http`` listens.

    Raises:
        AgentNotFoundError: the system has no such agent.
        ExtraMissingError: the package ``mcp`` is not installed.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            a_serve(served, transport, host=host, port=port, name=name, agents=agents, ready=ready)
        )


async def a_serve(
    served: AgentSystem | AgentRef,
    transport: Literal["stdio", "http"] = "stdio",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    name: str = "agentcore",
    agents: Iterable[Any] | None = None,
    ready: Callable[[str], Any] | None = None,
) -> None:
    """Do what `serve` does, for ``async`` code; cancel it to end it.

    It takes the arguments of `serve`, and raises the same errors.
    """
    if transport not in ("stdio", "http"):
        raise ValueError(f'transport is "stdio" or "http", not {transport!r}')
    import_extra("mcp", *EXTRA)
    server = AgentTools(ServedAgents.of(served, agents)).server(name)
    if transport == "stdio":
        await _over_stdio(server)
    else:
        await _over_http(server, host, port, ready)


async def _over_stdio(server: Any) -> None:
    async with stdio_streams() as (read, write):
        await server.run(read, write, server.create_initialization_options())


async def _over_http(server: Any, host: str, port: int, ready: Callable[[str], Any] | None) -> None:
    uvicorn = import_extra("uvicorn", *EXTRA)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that name it.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
        if ready is not None:
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listening.getsockname()[1]}/mcp")
        app = server.streamable_http_app(host=host)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=2
        )
        await uvicorn.Server(config).serve(sockets=[listening])
