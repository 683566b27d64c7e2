"""One session: how it opens or fails to, and what it hears from its server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest

from agentcore import ConversableAgent, connect
from agentcore.errors import McpError
from agentcore.mcp import McpServer
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel
from agentcore.testing.conformance.dialogue import ask, said

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import (
    PATIENCE,
    PYTHON,
    SERVER,
    SERVER_1,
    address,
    call,
    http_process,
    needs_sdk_1,
    on_stdio,
    on_stdio_1,
    run,
)


def test_a_call_that_is_cancelled_leaves_the_session_as_it_is(server: McpServer) -> None:
    """Whoever waits is cancelled at once, and the next call is answered."""

    async def cancel() -> str:
        pid = await call(server, "process")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(server, "never"), 0.05)
        assert await call(server, "process") == pid
        return pid

    assert run(cancel())


@contextlib.contextmanager
def reached(server: str, over: str) -> Iterator[McpServer]:
    """Give one of the servers, over stdio or HTTP."""
    if over == "stdio":
        yield on_stdio() if server == SERVER else on_stdio_1()
    else:
        with http_process(server) as running:
            yield McpServer.http(address(running), timeout=PATIENCE)


@pytest.mark.parametrize("over", ["stdio", "http"])
@pytest.mark.parametrize(
    "server", [SERVER, pytest.param(SERVER_1, marks=needs_sdk_1)], ids=["SDK 2", "SDK 1"]
)
def test_a_tool_that_a_server_gains_is_offered_in_the_same_turn(server: str, over: str) -> None:
    """The server says that its tools have changed before it answers the call that changed them."""
    model = ScriptedModel(ToolCall.of("1", "grow"), ToolCall.of("2", "grown"), "done")
    with reached(server, over) as there, connect("thread") as system:
        clerk = system.spawn(ConversableAgent, "clerk", model, tools=[there])
        assert said(ask(clerk, "grow"))[-1] == "done"
        run(there.close())
    assert ["grown" in [tool.name for tool in each.tools] for each in model.calls] == [
        False, True, True,
    ]  # fmt: skip
    assert model.calls[2].messages[-1]["content"] == "new"


@pytest.mark.parametrize("server", [SERVER, pytest.param(SERVER_1, marks=needs_sdk_1)])
def test_what_a_call_changed_is_known_with_its_result(server: str) -> None:
    """Each of many calls adds a tool, and the next list has it: nothing is left to chance."""

    async def grow(there: McpServer) -> None:
        tools = {tool.name: tool for tool in await there.tools()}
        for number in range(20):
            await tools["grow"].function(name=f"tool{number}")
            assert f"tool{number}" in [tool.name for tool in await there.tools()]
        await there.close()

    with reached(server, "stdio") as there:
        run(grow(there))


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
