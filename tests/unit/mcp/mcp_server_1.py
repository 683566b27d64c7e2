"""A real MCP server made with SDK 1.x: ``python mcp_server_1.py [--http PORT]``; else on stdio.

It runs where `mcp<2` is found first, which `mcp_servers.py` sees to.
"""

from __future__ import annotations

import os
import socket
import sys

import anyio
import uvicorn
from mcp.server.fastmcp import Context, FastMCP

server = FastMCP("tests", log_level="ERROR")


@server.tool()
def process() -> str:
    """Give the server's process id."""
    return str(os.getpid())


@server.tool()
async def never() -> str:
    """Never answer."""
    await anyio.sleep_forever()
    return ""


@server.tool()
async def grow(ctx: Context, name: str = "grown") -> str:
    """Add a tool, and say so to the client."""

    def grown() -> str:
        """Be new."""
        return "new"

    server.add_tool(grown, name)
    await ctx.session.send_tool_list_changed()
    return "grown"


if __name__ == "__main__":
    if "--http" in sys.argv:
        with socket.create_server(("127.0.0.1", int(sys.argv[-1]))) as listening:
            print(f"serving http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
            config = uvicorn.Config(server.streamable_http_app(), log_level="error")
            uvicorn.Server(config).run(sockets=[listening])
    else:
        server.run("stdio")
