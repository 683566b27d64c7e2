"""Results of tools as text."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.mcp_servers import call, run


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
