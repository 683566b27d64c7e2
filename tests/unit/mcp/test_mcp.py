"""Tools of real MCP servers, and agents as tools of one: over stdio and streamable HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentcore import AgentNotFoundError, ConversableAgent, agent_reply, connect
from agentcore.errors import McpError
from agentcore.mcp import McpServer, a_serve, serve
from agentcore.mcp.names import safe_names
from agentcore.testing.conformance.dialogue import ask, said

pytest.importorskip("mcp", reason="the mcp extra is not installed")

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PYTHON = Path(sys.executable).name
SERVER = str(HERE / "mcp_server.py")
PATHS = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "backends", HERE)))}
AGENTS = ["-m", "agentcore.mcp", "mcp_agents:spawn", "--backend", "thread"]
# Of a busy machine: a server imports the SDK first, which takes seconds.
PATIENCE = 60.0


def on_stdio(*args: str, **options: Any) -> McpServer:
    """Describe the server of `mcp_server.py`, on stdio."""
    return McpServer.stdio(sys.executable, [SERVER, *args], **{"timeout": PATIENCE} | options)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it on an event loop of its own, as processes have them."""
    return asyncio.run(asyncio.wait_for(work, 2 * PATIENCE), debug=True)


async def call(server: McpServer, name: str, /, **arguments: Any) -> str:
    """Call one tool as an agent would."""
    (tool,) = [each for each in await server.tools() if each.name == name]
    text = await tool.function(**arguments)
    assert isinstance(text, str)
    return text


@contextlib.contextmanager
def process(*args: str, stderr: Any = None) -> Iterator[subprocess.Popen[str]]:
    """Run Python in a process of its own for as long as the test needs it."""
    process = subprocess.Popen(
        [sys.executable, *args],
        env=os.environ | PATHS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address(process: subprocess.Popen[str], of: str = "stdout") -> str:
    """Wait until a server says where it listens."""
    for line in getattr(process, of):
        if line.startswith("serving "):
            return str(line.split()[1])
    raise AssertionError("it ended")


def has_ended(pid: int) -> bool:
    """Wait until a process is no more; say whether that came about in time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        os.sched_yield()
    return False


@pytest.fixture(scope="module")
def server() -> Iterator[McpServer]:
    """A server on stdio that the tests of this module share, as agents of a process do."""
    server = on_stdio()
    yield server
    run(server.close())


# --- tools ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("add", {"a": 1, "b": 2}, "3"),
        ("point", {}, '{\n  "x": 1,\n  "y": 2\n}'),
        ("files_read_all", {}, "odd"),
        (
            "mixed",
            {},
            "A picture:\n"
            "[image image/png, 5 bytes: not shown]\n"
            "[resource at memo://1 (text/plain)]\nRemember.\n"
            "[resource 'manual' at file:///manual.pdf (application/pdf)]\n"
            '{"pages": 3}',
        ),
    ],
)
def test_what_a_tool_gives_becomes_text(
    server: McpServer, name: str, arguments: dict[str, Any], text: str
) -> None:
    """Texts are joined, structure is JSON and said once, and what is no text is told of."""
    assert run(call(server, name, **arguments)) == text


def test_a_tool_that_fails_says_why(server: McpServer) -> None:
    """The server's words are the error, for the model; wrong arguments likewise."""
    with pytest.raises(McpError, match="the disk is full") as caught:
        run(call(server, "fail", why="the disk is full"))
    assert caught.value.server == f"{PYTHON} mcp_server.py (stdio)"
    with pytest.raises(McpError, match="valid integer"):
        run(call(server, "add", a="one", b=2))


def test_calls_go_at_once(server: McpServer) -> None:
    """Eight calls that each wait for the others are all answered, on one session."""

    async def meet() -> list[str]:
        return await asyncio.gather(*(call(server, "meet", number=8) for _ in range(8)))

    assert run(meet()) == ["met"] * 8


def test_a_call_has_a_time_limit(server: McpServer) -> None:
    """A tool that never answers is an error that says so, and the session goes on."""
    run(server.tools())
    hasty = on_stdio(timeout=0.2)
    with pytest.raises(McpError, match=r"'never' failed: no answer within 0\.2 s"):
        run(call(hasty, "never"))
    assert run(call(hasty, "process")) == run(call(server, "process"))


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


# --- which tools ---------------------------------------------------------------------------------


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


def test_names_become_what_models_take() -> None:
    """Other characters become ``_``, and no two names become the same."""
    names = ["a.b", "a/b", "a_b", "x" * 70, "x" * 71, ""]
    safe = safe_names(names)
    assert list(safe.values()) == ["a_b", "a_b_2", "a_b_3", "x" * 64, "x" * 62 + "_2", "tool"]


def test_who_approves_is_said_of_each_tool(server: McpServer) -> None:
    """``approve=`` of the server is that of its tools."""

    def no(request: Any) -> bool:
        return False

    tools = run(on_stdio(approve=no).tools())
    assert {tool.approve for tool in tools} == {no}


# --- a server is configuration -------------------------------------------------------------------


def test_equal_servers_share_a_session(server: McpServer) -> None:
    """A server pickles without its session; one that is equal finds it, on any event loop."""
    pid = run(call(server, "process"))
    copy = pickle.loads(pickle.dumps(server))
    assert copy == server
    assert run(call(copy, "process")) == pid


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


# --- servers that end, or do not begin -----------------------------------------------------------


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


# --- streamable HTTP -----------------------------------------------------------------------------


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


def test_a_server_over_http_that_is_begun_anew_is_found_again() -> None:
    """While it is gone, calls fail clearly; when it is back, they work."""
    with process(SERVER, "--http", "0") as running:
        server = McpServer.http(address(running), timeout=PATIENCE)
        first = run(call(server, "process"))
    port = server.connection.label.rpartition(":")[2].partition("/")[0]
    with pytest.raises(McpError, match=r"127\.0\.0\.1:\d+/mcp (cannot be used|ended)"):
        run(call(server, "process"))
    with process(SERVER, "--http", port) as running:
        address(running)
        assert run(call(server, "process")) not in ("", first)
        run(server.close())


# --- within agents -------------------------------------------------------------------------------


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


# --- agents served -------------------------------------------------------------------------------


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


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Interrupt a server; give its return code and what it still had to say."""
    process.send_signal(signal.SIGINT)
    assert process.stdin is not None  # still open: the server must not wait for its end
    code = process.wait(PATIENCE)
    assert process.stderr is not None
    return code, process.stderr.read()


@pytest.mark.usefixtures("interrupts")
def test_agents_are_served_over_http_until_an_interrupt() -> None:
    """``--http 0`` takes a free port and says where it listens."""
    with process(*AGENTS, "--http", "0", stderr=subprocess.PIPE) as running:
        server = McpServer.http(address(running, "stderr"), timeout=PATIENCE)
        assert run(call(server, "echo", message="hello")) == "You said: hello"
        run(server.close())
        code, errors = interrupted(running)
    assert (code, "Traceback" in errors) == (0, False)


@pytest.mark.usefixtures("interrupts")
def test_a_server_on_stdio_ends_with_an_interrupt() -> None:
    """Though its client has not left, and says nothing."""
    with process(*AGENTS, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        running.stdin.flush()
        assert '"id":1' in running.stdout.readline()
        code, errors = interrupted(running)
    assert (code, "Traceback" in errors) == (0, False)


def test_a_server_on_stdio_ends_with_its_client() -> None:
    """The end of its input is the end of the process."""
    with process(*AGENTS, stderr=subprocess.PIPE) as running:
        out, errors = running.communicate(timeout=PATIENCE)
    assert (running.returncode, out, "Traceback" in errors) == (0, "", False)


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
