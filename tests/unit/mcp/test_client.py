"""Tools of real MCP servers as tools of agents."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import PYTHON, call, on_stdio, run


def test_the_tools_of_a_server_are_tools_of_agentcore(server: McpServer) -> None:
    """Name, description and schema are the server's; the model's JSON is checked by the schema."""
    tools = {tool.name: tool for tool in run(server.tools())}
    spec = tools["add"].spec()
    assert (spec.name, spec.description) == ("add", "Add two numbers.")
    assert set(spec.parameters["properties"]) == {"a", "b"}
    assert tools["add"].read('{"a": 1, "b": 2}') == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="add"):
        tools["add"].read('{"a": 1}')
    assert tools["add"].is_async


def test_a_tool_that_fails_says_why(server: McpServer) -> None:
    """The server's words are the error, for the model; wrong arguments likewise."""
    with pytest.raises(McpError, match="the disk is full") as caught:
        run(call(server, "fail", why="the disk is full"))
    assert caught.value.server == f"{PYTHON} mcp_server.py (stdio)"
    with pytest.raises(McpError, match="valid integer"):
        run(call(server, "add", a="one", b=2))


def test_halves_of_characters_are_sent_as_whole_ones(server: McpServer) -> None:
    """A model may write them apart; UTF-8 has no code for one alone."""
    with pytest.raises(McpError, match="a\ufffd \U0001f600"):
        run(call(server, "fail", why="a\ud800 \ud83d\ude00"))


def test_a_call_has_a_time_limit(server: McpServer) -> None:
    """A tool that never answers is an error that says so, and the session goes on."""
    run(server.tools())
    hasty = on_stdio(timeout=0.2)
    with pytest.raises(McpError, match=r"'never' failed: no answer within 0\.2 s"):
        run(call(hasty, "never"))
    assert run(call(hasty, "process")) == run(call(server, "process"))


def test_tools_can_be_chosen_and_renamed(server: McpServer) -> None:
    """``include`` and ``exclude`` take names and patterns; ``prefix`` comes before the name."""
    chosen = on_stdio(include=["add", "p*"], exclude="po?nt", prefix="my.")

    async def choose() -> tuple[list[str], str]:
        return [tool.name for tool in await chosen.tools()], await call(chosen, "my_add", a=1, b=1)

    assert run(choose()) == (["my_add", "my_process"], "2")


def test_a_tool_that_is_not_there_cannot_be_included(server: McpServer) -> None:
    """The error says what there is."""
    with pytest.raises(McpError, match=r"has no tool 'subtract' .*it has: add, "):
        run(on_stdio(include=["subtract"]).tools())


def test_who_approves_is_said_of_each_tool(server: McpServer) -> None:
    """``approve=`` of the server is that of its tools."""

    def no(request: Any) -> bool:
        return False

    tools = run(on_stdio(approve=no).tools())
    assert {tool.approve for tool in tools} == {no}
