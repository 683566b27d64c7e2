"""A real MCP server for tests: ``python mcp_server.py [--http PORT]``; without it on stdio."""

from __future__ import annotations

import base64
import os
import signal
import socket
import sys

import anyio
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import (
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel

server = MCPServer("tests", log_level="ERROR")
READ_ONLY = ToolAnnotations(read_only_hint=True)
met = anyio.Event()
waiting = 0


class Point(BaseModel):
    """Something with structure."""

    x: int
    y: int


@server.tool(annotations=READ_ONLY)
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def process() -> str:
    """Give the server's process id."""
    return str(os.getpid())


@server.tool()
def variable(name: str) -> str:
    """Give an environment variable of the server."""
    return os.environ.get(name, "not set")


@server.tool()
def header(name: str, ctx: Context) -> str:
    """Give a header of the request."""
    return (ctx.headers or {}).get(name, "not sent")


@server.tool()
def fail(why: str) -> str:
    """Fail."""
    raise ToolError(why)


@server.tool()
def end(path: str) -> str:
    """Write a line to a file, and end the server without an answer."""
    with open(path, "a") as file:
        file.write("asked\n")
    os._exit(3)


@server.tool()
async def never() -> str:
    """Never answer."""
    await anyio.sleep_forever()
    return ""


@server.tool()
async def meet(number: int) -> str:
    """Answer when as many calls are waiting for each other."""
    global waiting
    waiting += 1
    if waiting == number:
        met.set()
    await met.wait()
    return "met"


@server.tool()
def point() -> Point:
    """Give a point."""
    return Point(x=1, y=2)


@server.tool()
def mixed() -> CallToolResult:
    """Give content of every kind."""
    data = base64.b64encode(b"12345").decode()
    text = TextResourceContents(uri="memo://1", mime_type="text/plain", text="Remember.")
    return CallToolResult(
        content=[
            TextContent(text="A picture:"),
            ImageContent(data=data, mime_type="image/png"),
            EmbeddedResource(resource=text),
            ResourceLink(name="manual", uri="file:///manual.pdf", mime_type="application/pdf"),
        ],
        structured_content={"pages": 3},
    )


@server.tool(name="files.read/all")
def oddly_named() -> str:
    """Have a name that models do not take."""
    return "odd"


@server.tool()
async def grow(ctx: Context, name: str = "grown") -> str:
    """Add a tool, and say so to the client."""

    def grown() -> str:
        """Be new."""
        return "new"

    server.add_tool(grown, name)
    await ctx.notify_tools_changed()
    return "grown"


if __name__ == "__main__":
    print("the test server begins", file=sys.stderr)
    if "--broken" in sys.argv:
        sys.exit(f"no database for {os.environ.get('SERVER_KEY', 'nobody')}")
    if "--silent" in sys.argv:
        sys.stdin.read()
    elif "--http" in sys.argv:
        with socket.create_server(("127.0.0.1", int(sys.argv[-1]))) as listening:
            print(f"serving http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
            config = uvicorn.Config(server.streamable_http_app(), log_level="error")
            uvicorn.Server(config).run(sockets=[listening])
    else:
        server.run("stdio")
        if "--deaf" in sys.argv:  # to the end of its input
            signal.pause()
