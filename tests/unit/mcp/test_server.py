"""Agents served by a process, until its client or an interrupt ends it."""

from __future__ import annotations

import signal
import subprocess

import pytest

from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import AGENTS, PATIENCE, address, call, process, run


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
