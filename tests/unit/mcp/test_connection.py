"""What a server gets to connect with, and what of it is not shown."""

from __future__ import annotations

import asyncio

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import PATIENCE, SERVER, address, call, on_stdio, process, run


def test_what_may_be_secret_is_not_shown() -> None:
    """Arguments, variables, headers and the address stay out of reprs and labels."""
    stdio = McpServer.stdio("run", ["--key", "s3cret-1"], {"KEY": "s3cret-2"})
    http = McpServer.http("https://u:s3cret-3@host/mcp?k=s3cret-4", {"Authorization": "s3cret-5"})
    for each in (stdio, http):
        assert "s3cret" not in repr(each) + each.connection.label
    text = "s3cret-2 s3cret-5 https://u:s3cret-3@host/mcp?k=s3cret-4"
    assert "s3cret-2" not in stdio.connection.redact(text)
    assert http.connection.redact(text) == "s3cret-2 *** https://host/mcp"


def test_a_server_gets_the_variables_that_it_is_meant_to_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those in ``env``, and those of this process that ``env_from`` names; no others."""
    monkeypatch.setenv("MCP_PASSED", "passed")
    monkeypatch.setenv("MCP_KEPT", "kept")
    server = on_stdio(env={"MCP_GIVEN": "given"}, env_from=["MCP_PASSED"])

    async def ask_for() -> list[str]:
        names = ("MCP_GIVEN", "MCP_PASSED", "MCP_KEPT")
        found = [await call(server, "variable", name=name) for name in names]
        await server.close()
        return found

    assert run(ask_for()) == ["given", "passed", "not set"]
    monkeypatch.delenv("MCP_PASSED")
    with pytest.raises(McpError, match="environment variable MCP_PASSED, which is not set"):
        run(server.tools())


def test_a_server_is_reached_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools, failures and parallel calls are as over stdio; headers are sent with each request."""
    monkeypatch.setenv("MCP_TOKEN", "Bearer s3cret")
    with process(SERVER, "--http", "0") as running:
        server = McpServer.http(
            address(running),
            {"X-Team": "blue"},
            headers_env={"Authorization": "MCP_TOKEN"},
            timeout=PATIENCE,
        )

        async def use() -> list[str]:
            with pytest.raises(McpError, match="the disk is full"):
                await call(server, "fail", why="the disk is full")
            found = [await call(server, "add", a=1, b=2)]
            found += [
                await call(server, "header", name=each) for each in ("x-team", "authorization")
            ]
            found += await asyncio.gather(*(call(server, "meet", number=4) for _ in range(4)))
            await server.close()
            return found

        assert run(use()) == ["3", "blue", "Bearer s3cret"] + ["met"] * 4
