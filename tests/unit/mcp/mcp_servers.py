"""Servers and processes that the tests of MCP share."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from agentcore.mcp import McpServer

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PYTHON = Path(sys.executable).name
SERVER = str(HERE / "mcp_server.py")
SERVER_1 = str(HERE / "mcp_server_1.py")
# A folder with `mcp<2`, as ``pip install --target FOLDER "mcp<2"`` makes it; tox does.
SDK_1 = os.environ.get("AGENTCORE_TEST_MCP1", "")
needs_sdk_1 = pytest.mark.skipif(
    not (SDK_1 and Path(SDK_1, "mcp").is_dir()),
    reason="AGENTCORE_TEST_MCP1 names no folder made by: pip install --target FOLDER 'mcp<2'",
)
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


def on_stdio_1(**options: Any) -> McpServer:
    """Describe the server of `mcp_server_1.py`, made with SDK 1.x, on stdio."""
    options = {"timeout": PATIENCE, "env": {"PYTHONPATH": SDK_1}} | options
    return McpServer.stdio(sys.executable, [SERVER_1], **options)


def http_process(server: str, port: str = "0") -> AbstractContextManager[subprocess.Popen[str]]:
    """Run `SERVER` or `SERVER_1` over HTTP in a process of its own."""
    return process(server, "--http", port, first=SDK_1 if server == SERVER_1 else "")


@contextlib.contextmanager
def process(*args: str, stderr: Any = None, first: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run Python in a process of its own for as long as the test needs it.

    Args:
        first: a folder to import packages from, before any other.
    """
    paths = {"PYTHONPATH": os.pathsep.join(filter(None, (first, PATHS["PYTHONPATH"])))}
    process = subprocess.Popen(
        [sys.executable, *args],
        env=os.environ | paths,
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
