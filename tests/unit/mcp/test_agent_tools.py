"""Agents as tools of an MCP server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any

import pytest

from agentcore import AgentNotFoundError, ConversableAgent, agent_reply, connect
from agentcore.errors import McpError
from agentcore.mcp import McpServer, a_serve, serve

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import AGENTS, PATHS, PATIENCE, call, run


@pytest.fixture(scope="module")
def served() -> Iterator[McpServer]:
    """The agents of `mcp_agents.py`, served by ``python -m agentcore.mcp`` on stdio."""
    server = McpServer.stdio(sys.executable, AGENTS, env=PATHS, timeout=PATIENCE)
    yield server
    run(server.close())


@contextlib.asynccontextmanager
async def sdk_client() -> AsyncIterator[Any]:
    """The SDK's own client of the same, in a process of its own."""
    from mcp import Client, StdioServerParameters

    parameters = StdioServerParameters(command=sys.executable, args=AGENTS, env=PATHS)
    async with Client(parameters, read_timeout_seconds=PATIENCE) as client:
        yield client


def test_any_client_can_ask_agents(caplog: pytest.LogCaptureFixture) -> None:
    """Agents are tools, with their descriptions; what they print does not reach the client."""

    async def use() -> tuple[Mapping[str, str], list[Any]]:
        async with sdk_client() as client:
            tools = (await client.list_tools()).tools
            asked = [
                ("echo", {"message": "hello"}),
                ("broken", {"message": "hello"}),
                ("nobody", {}),
            ]
            results = [await client.call_tool(name, arguments) for name, arguments in asked]
            return {tool.name: tool.description for tool in tools}, results

    with caplog.at_level(logging.WARNING):
        tools, (answer, failure, nobody) = run(use())
    assert set(tools) == {"broken", "echo", "first", "poet_of_haiku", "second", "silent", "who"}
    assert tools["echo"] == "Repeats what it is told."
    assert (answer.is_error, answer.content[0].text) == (False, "You said: hello")
    assert (failure.is_error, nobody.is_error) == (True, True)
    assert re.search("agent 'broken' failed: .*no database", failure.content[0].text)
    assert "there is no agent 'nobody'; there are: broken, echo" in nobody.content[0].text
    assert [record for record in caplog.records if record.name.startswith("mcp")] == []


def test_agents_are_tools_of_other_agents(served: McpServer) -> None:
    """Round trip: our client against our server; a streamed answer comes whole."""
    assert run(call(served, "echo", message="hello")) == "You said: hello"
    assert run(call(served, "poet_of_haiku", message="a poem")) == "An old silent pond"
    with pytest.raises(McpError, match="agent 'silent' did not answer: NO_REPLY"):
        run(call(served, "silent", message="hello"))
    with pytest.raises(McpError, match="agent 'echo' wants a message"):
        run(call(served, "echo", message=""))


def test_agents_are_asked_at_once(served: McpServer) -> None:
    """Two agents that wait for each other both answer."""

    async def meet() -> list[str]:
        return await asyncio.gather(
            *(call(served, name, message="x") for name in ("first", "second"))
        )

    assert run(meet()) == ["met", "met"]


def test_callers_have_few_names(served: McpServer) -> None:
    """Agents keep a history for each name that asks them: one after the other needs one alone."""

    async def ask_twice() -> list[str]:
        return [await call(served, "who", message="Who am I?") for _ in range(2)]

    first, second = run(ask_twice())
    assert first == second
    assert first.startswith("mcp_")


class Says(ConversableAgent):
    """Says its name."""

    @agent_reply()
    def say(self) -> tuple[bool, str]:
        return True, self.name


async def while_served(
    served: Any, use: Callable[[McpServer], Coroutine[Any, Any, Any]], **to: Any
) -> Any:
    """Serve something over HTTP in this process while a client uses it."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(a_serve(served, "http", ready=url.set_result, **to))
    server = McpServer.http(await url, timeout=PATIENCE)
    try:
        return await use(server)
    finally:
        await server.close()
        serving.cancel()
        await asyncio.wait((serving,), timeout=PATIENCE)
        assert serving.done()


def test_some_agents_of_a_system_can_be_served() -> None:
    """``agents=`` names them; a ref is served alone; all are those that the system has by then."""

    async def names(server: McpServer) -> list[str]:
        found = [tool.name for tool in await server.tools()]
        assert await call(server, found[0], message="who are you?") == found[0]
        return found

    with connect("thread") as system:
        one, *_ = system.spawn_many(Says, ["one", "two", "three"])
        assert run(while_served(system, names, agents=["two", one])) == ["two", "one"]
        assert run(while_served(one, names)) == ["one"]
        assert run(while_served(system, names)) == ["one", "three", "two"]
        with pytest.raises(AgentNotFoundError, match="four"):
            serve(system, agents=["four"])


class Waits(ConversableAgent):
    """Never answers."""

    begun = threading.Event()

    @agent_reply()
    async def wait(self) -> tuple[bool, str]:
        Waits.begun.set()
        await asyncio.Event().wait()
        return True, "never"


def test_a_call_that_the_client_cancels_ends_its_conversation() -> None:
    """While it waits, its caller is hosted for its conversation, and no longer."""
    with connect("thread") as system:
        system.spawn(Waits, "waits")
        system.spawn(Says, "one")

        async def cancel(server: McpServer) -> tuple[int, int]:
            waiting = asyncio.create_task(call(server, "waits", message="hello"))
            assert await asyncio.to_thread(Waits.begun.wait, PATIENCE)
            before = len(system._runtime.borrowed())
            waiting.cancel()
            await asyncio.wait((waiting,))
            for _ in range(200):  # each gives the cancellation time to arrive
                await call(server, "one", message="hello")
                if not system._runtime.borrowed():
                    break
            return before, len(system._runtime.borrowed())

        assert run(while_served(system, cancel)) == (1, 0)
