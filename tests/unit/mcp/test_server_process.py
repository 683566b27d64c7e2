"""Servers on stdio that write what is no MCP, that end, and that are killed or halted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import HERE, PATIENCE, call, has_ended, on_stdio, run

STRAY = str(HERE / "stray_server.py")


def straying(way: str, timeout: float = PATIENCE) -> McpServer:
    """Describe a server that strays from the protocol."""
    return McpServer.stdio(sys.executable, [STRAY, way], timeout=timeout)


WRITES = {
    "banner-and-silence": "it wrote 'Loading the model...' to its standard output and did not end",
    "lines-and-silence": "it wrote 'Loading the model...' to its standard output, which is no MCP",
    "progress-and-silence": "it wrote 'Loading the model... 0",
    "bytes-and-silence": "it wrote '\ufffd\ufffd",
    "long-line-and-silence": "it wrote 'xxxxxx",
    "no-newlines": 'it wrote \'{"jsonrpc": "2.0", "id": 1,',
}


def test_a_server_that_writes_what_is_no_mcp_is_told_from_a_silent_one() -> None:
    """The error has the beginning of what it wrote, and says where it should write."""

    async def use() -> list[Any]:
        servers = [straying(way, timeout=4) for way in [*WRITES, "silent"]]
        return await asyncio.gather(*(each.tools() for each in servers), return_exceptions=True)

    *told, silent = [str(error) for error in run(use())]
    for text, said in zip(WRITES.values(), told, strict=True):
        assert "did not answer within 4 s (timeout=); it wrote '" in said
        assert text in said
        assert "belongs on its standard error" in said
        assert len(said) < 800
    assert "did not answer within 4 s (timeout=); check the command" in silent


BESIDE = ["banner", "lines", "always", "behind", "bytes", "mark", "windows", "long"]


def test_what_is_printed_beside_a_message_does_not_spoil_it() -> None:
    """The message is found in its line, and what else a line holds is left to the log."""

    async def use(way: str) -> str:
        server = straying(way, timeout=8)  # the SDK gives up sooner on an answer that it misses
        answer = await call(server, "work")
        await server.close()
        return answer

    async def use_all() -> list[str]:
        return await asyncio.gather(*map(use, BESIDE))

    assert run(use_all()) == ["done"] * len(BESIDE)


def test_a_call_that_is_not_answered_tells_what_was_written_instead() -> None:
    """As when the session is opened."""
    server = straying("mute-in-call", timeout=1)

    async def use() -> None:
        (work,) = await server.tools()
        with pytest.raises(McpError, match=r"no answer within 1 s \(timeout=\) \(it wrote 'Load"):
            await work.function()
        await server.close()

    run(use())


def test_an_answer_that_is_malformed_is_told_at_once() -> None:
    """The call does not wait for another."""
    server = straying("malformed")

    async def use() -> None:
        with pytest.raises(McpError, match="'work' failed: its answer is no message of MCP"):
            await call(server, "work")
        await server.close()

    run(use())


def test_a_server_that_ends_is_told_with_its_exit_code() -> None:
    """And with what it wrote to either output."""
    with pytest.raises(McpError) as caught:
        run(straying("ends").tools())
    text = str(caught.value)
    assert "cannot be used: it ended, or closed the connection (exit code 3)" in text
    assert "it wrote 'Loading the model...'" in text
    assert "it said last:\nno such database" in text
    with pytest.raises(McpError, match=r"\(killed by SIGKILL\)"):
        run(straying("killed").tools())


def test_a_server_that_is_killed_in_the_midst_of_a_call_is_told_at_once() -> None:
    """With how it ended; the next call starts another."""
    server = on_stdio()

    async def use() -> None:
        pid = int(await call(server, "process"))
        under_way = asyncio.create_task(call(server, "never"))
        await call(server, "process")  # which is answered after the other was sent
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(McpError, match=r"before it answered \(killed by SIGKILL\): .*may be"):
            await under_way
        assert int(await call(server, "process")) != pid
        await server.close()

    run(use())


def test_a_server_that_is_halted_times_out_and_goes_on() -> None:
    """The call ends in time; when the server runs again, so do calls, in the same session."""
    server = on_stdio(timeout=PATIENCE)
    hasty = on_stdio(timeout=0.5)

    async def use() -> None:
        pid = int(await call(server, "process"))
        os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(2):
                with pytest.raises(McpError, match=r"no answer within 0\.5 s"):
                    await call(hasty, "process")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert int(await call(server, "process")) == pid
        await server.close()

    run(use())


def test_a_server_that_is_halted_is_ended_all_the_same() -> None:
    """Its process is killed when the session is closed."""
    server = on_stdio()

    async def use() -> int:
        pid = int(await call(server, "process"))
        os.kill(pid, signal.SIGSTOP)
        await server.close()
        return pid

    assert has_ended(run(use()))


def test_a_server_that_is_given_up_is_ended(tmp_path: Path) -> None:
    """One that does not answer, and takes no notice of the end of its input."""
    path = tmp_path / "pid"
    program = f"import os, signal\nopen({str(path)!r}, 'w').write(str(os.getpid()))\nsignal.pause()"
    server = McpServer.stdio(sys.executable, ["-c", program], timeout=1.5)
    with pytest.raises(McpError, match="did not answer"):
        run(server.tools())
    assert has_ended(int(path.read_text()))
