"""One session: how it opens or fails to, and what it hears from its server."""

from __future__ import annotations

import asyncio
import time

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import PATIENCE, PYTHON, call, on_stdio, run


def test_a_call_that_is_cancelled_leaves_the_session_as_it_is(server: McpServer) -> None:
    """Whoever waits is cancelled at once, and the next call is answered."""

    async def cancel() -> str:
        pid = await call(server, "process")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(server, "never"), 0.05)
        assert await call(server, "process") == pid
        return pid

    assert run(cancel())


def test_tools_that_a_server_gets_later_are_there_at_the_next_turn(server: McpServer) -> None:
    """The server says that its tools have changed, and they are listed anew."""

    async def grow() -> bool:
        assert "grown" not in [tool.name for tool in await server.tools()]
        await call(server, "grow")
        for _ in range(500):  # each gives the notification time to arrive
            await call(server, "process")
            if "grown" in [tool.name for tool in await server.tools()]:
                return True
        return False

    assert run(grow())
    assert run(call(server, "grown")) == "new"


def test_a_server_that_ends_at_once_says_why() -> None:
    """The error has what it wrote to standard error, but for secrets, and what to look at."""
    server = on_stdio("--broken", env={"SERVER_KEY": "s3cret-key"})
    with pytest.raises(McpError) as caught:
        run(server.tools())
    text = str(caught.value)
    assert f"{PYTHON} mcp_server.py (stdio) cannot be used: it ended" in text
    assert "check the command" in text
    assert "no database for ***" in text


def test_a_server_that_says_nothing_is_given_up() -> None:
    """After the time-out, and its process is ended."""
    began = time.monotonic()
    with pytest.raises(McpError, match=r"did not answer within 0\.5 s \(timeout=\)"):
        run(on_stdio("--silent", timeout=0.5).tools())
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (McpServer.stdio("no-such-command-here"), "no-such-command-here .stdio. cannot be used"),
        (McpServer.http("http://127.0.0.1:9/mcp"), "127.0.0.1:9/mcp cannot be used: ConnectError"),
    ],
)
def test_a_server_that_cannot_be_reached_is_an_error(server: McpServer, text: str) -> None:
    """It names the server and what to check, each time that it is tried."""
    for _ in range(2):
        with pytest.raises(McpError, match=text) as caught:
            run(server.tools())
        assert "; check " in str(caught.value)
