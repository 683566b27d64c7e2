"""The server that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore.mcp import McpServer
from tests.unit.mcp.mcp_servers import (
    on_stdio,
    run,
)


@pytest.fixture(scope="module")
def server() -> Iterator[McpServer]:
    """A server on stdio that the tests of this module share, as agents of a process do."""
    server = on_stdio()
    yield server
    run(server.close())
