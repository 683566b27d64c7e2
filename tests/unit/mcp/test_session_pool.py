"""Who shares a session, and what becomes of one whose server ends."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
from pathlib import Path

import pytest

from agentcore import ConversableAgent, agent_reply, connect
from agentcore.errors import McpError
from agentcore.mcp import McpServer
from agentcore.mcp.session_pool import session_pool
from agentcore.testing.conformance.dialogue import ask, said

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import (
    PATIENCE,
    SERVER,
    SERVER_1,
    address,
    call,
    has_ended,
    http_process,
    needs_sdk_1,
    on_stdio,
    process,
    run,
)


def test_calls_go_at_once(server: McpServer) -> None:
    """Eight calls that each wait for the others are all answered, on one session."""

    async def meet() -> list[str]:
        return await asyncio.gather(*(call(server, "meet", number=8) for _ in range(8)))

    assert run(meet()) == ["met"] * 8


def test_equal_servers_share_a_session(server: McpServer) -> None:
    """A server pickles without its session; one that is equal finds it, on any event loop."""
    pid = run(call(server, "process"))
    copy = pickle.loads(pickle.dumps(server))
    assert copy == server
    assert run(call(copy, "process")) == pid


def test_a_server_that_was_killed_is_started_again() -> None:
    """The next call is answered by a new process."""
    server = on_stdio()

    async def kill() -> tuple[str, bool]:
        first = int(await call(server, "process"))
        os.kill(first, signal.SIGKILL)
        answer = await call(server, "add", a=1, b=2)
        second = int(await call(server, "process"))
        await server.close()
        return answer, second != first

    assert run(kill()) == ("3", True)


def test_a_server_that_ends_in_the_midst_of_a_call_is_not_asked_twice(tmp_path: Path) -> None:
    """What it was asked may be done: the error says so, and the next call works."""
    path = tmp_path / "asked"
    server = on_stdio()

    async def end() -> str:
        first = await call(server, "process")
        with pytest.raises(McpError, match="may be done or not; the next call connects anew"):
            await call(server, "end", path=str(path))
        assert path.read_text() == "asked\n"
        second = await call(server, "process")
        await server.close()
        return second if second != first else ""

    assert run(end())


def test_a_session_that_is_closed_ends_its_server() -> None:
    """``close`` ends the process that was started; the next call starts another."""
    server = on_stdio()

    async def close() -> tuple[int, int]:
        pid = int(await call(server, "process"))
        await server.close()
        assert has_ended(pid)
        other = int(await call(server, "process"))
        await server.close()
        await server.close()
        return pid, other

    first, second = run(close())
    assert first != second


def test_a_process_that_ends_takes_its_servers_along() -> None:
    """Also one that takes no notice of the end of its input; and nothing is printed."""
    program = (
        "import asyncio, sys\n"
        "from agentcore.mcp import McpServer\n"
        f"server = McpServer.stdio(sys.executable, [{SERVER!r}, '--deaf'], timeout={PATIENCE})\n"
        "async def main():\n"
        "    tools = {tool.name: tool for tool in await server.tools()}\n"
        "    print(await tools['process'].function())\n"
        "asyncio.run(main())\n"
    )
    with process("-W", "error", "-c", program, stderr=subprocess.PIPE) as user:
        out, errors = user.communicate(timeout=2 * PATIENCE)
    assert (user.returncode, errors) == (0, "")
    assert has_ended(int(out))


SERVERS = pytest.mark.parametrize(
    "of", [SERVER, pytest.param(SERVER_1, marks=needs_sdk_1)], ids=["SDK 2", "SDK 1"]
)


def port_of(server: McpServer) -> str:
    """Give the port of a server over HTTP."""
    return server.connection.label.rpartition(":")[2].partition("/")[0]


@SERVERS
def test_a_server_over_http_that_is_begun_anew_is_found_again(of: str) -> None:
    """While it is gone, calls fail clearly; when it is back, they work."""
    with http_process(of) as running:
        server = McpServer.http(address(running), timeout=PATIENCE)
        first = run(call(server, "process"))
    for _ in range(2):
        with pytest.raises(McpError, match=r"127\.0\.0\.1:\d+/mcp (cannot be used|ended)"):
            run(call(server, "process"))
    with http_process(of, port_of(server)) as running:
        address(running)
        assert run(call(server, "process")) not in ("", first)
        run(server.close())


@SERVERS
def test_a_server_over_http_that_was_restarted_between_two_calls_goes_unnoticed(of: str) -> None:
    """Servers of SDK 1 forget their sessions: another is begun, and the call sent again."""
    with http_process(of) as running:
        server = McpServer.http(address(running), timeout=PATIENCE)
        (tool,) = [each for each in run(server.tools()) if each.name == "process"]
        first = run(tool.function())
    with http_process(of, port_of(server)) as running:
        address(running)
        second = run(tool.function())
        assert second not in ("", first)
        run(server.close())


@SERVERS
def test_a_server_over_http_that_is_killed_in_the_midst_of_a_call_is_told_at_once(of: str) -> None:
    """What it was asked may be done: it is not asked again."""
    with http_process(of) as running:
        server = McpServer.http(address(running), timeout=PATIENCE)

        async def use() -> None:
            await call(server, "process")
            under_way = asyncio.create_task(call(server, "never"))
            await call(server, "process")  # which is answered after the other was sent
            running.kill()
            with pytest.raises(McpError, match=r"before it answered: .*may be done or not"):
                await under_way
            await server.close()

        run(use())


@SERVERS
def test_a_server_over_http_that_is_halted_times_out_and_goes_on(of: str) -> None:
    """The call ends in time, and the session can be closed; when it runs again, so do calls."""
    with http_process(of) as running:
        server = McpServer.http(address(running), timeout=PATIENCE)
        hasty = McpServer.http(server.connection.url, timeout=0.5)  # type: ignore[attr-defined]

        async def use() -> None:
            pid = await call(server, "process")
            running.send_signal(signal.SIGSTOP)
            with pytest.raises(McpError, match=r"no answer within 0\.5 s"):
                await call(hasty, "process")
            await server.close()
            with pytest.raises(McpError, match=r"did not answer within 0\.5 s"):
                await call(hasty, "process")
            running.send_signal(signal.SIGCONT)
            assert await call(server, "process") == pid
            await server.close()

        run(use())


class Adds(ConversableAgent):
    """Adds with a tool of a server, in a rule of its own."""

    def __init__(self, name: str, server: McpServer) -> None:
        super().__init__(name)
        self.server = server

    @agent_reply()
    async def add(self) -> tuple[bool, str]:
        sums = await asyncio.gather(*(call(self.server, "add", a=n, b=1) for n in range(4)))
        return True, " ".join(sums)


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_an_agent_uses_a_server_on_any_backend(server: McpServer, backend: str) -> None:
    """The session is open on a loop of its own, which any backend's loop can wait for."""
    with connect(backend) as system:
        agents = system.spawn_many(Adds, ["one", "two"], server=server)
        for agent in agents:
            assert said(ask(agent, "add"))[-1] == "1 2 3 4"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_what_is_raised_on_the_sessions_loop_ends_no_session(
    server: McpServer, error: type[BaseException]
) -> None:
    """asyncio lets these through, out of the loop; the loop goes on."""

    async def raises() -> None:
        raise error

    with pytest.raises(error):
        session_pool().submit(raises).result(PATIENCE)
    assert run(call(server, "add", a=1, b=2)) == "3"
