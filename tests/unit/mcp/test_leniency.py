"""What servers answer that is not as the protocol has it: results, and lists of tools."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer
from agentcore.mcp.leniency import message_in

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.http_answers import Answers, answering
from tests.unit.mcp.mcp_servers import call, run

OK = {"type": "text", "text": "It is done."}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
PICTURE = {"type": "image", "data": "MTIzNDU=", "mimeType": "image/png"}
RESULTS: list[tuple[Any, str]] = [
    # blocks that nobody knows, or that lack something
    ({"content": [OK, {"type": "video", "uri": "x"}]}, "It is done.\n[video: not shown]"),
    ({"content": [{"type": "tool_result", "content": [OK]}, OK]},
     "[tool_result: not shown]\nIt is done."),
    ({"content": [OK, {"type": "image"}]}, "It is done.\n[image: not shown]"),
    ({"content": [OK, {"type": "image", "data": 5, "mimeType": "image/png"}]},
     "It is done.\n[image: not shown]"),
    ({"content": [{"type": "text"}, OK]}, "[text: not shown]\nIt is done."),
    ({"content": [{"type": "text", "text": None}, OK]}, "[text: not shown]\nIt is done."),
    ({"content": [{"type": "resource", "resource": {"text": "no uri"}}, OK]},
     "[resource: not shown]\nIt is done."),
    ({"content": [{"type": "resource"}, {"type": "resource_link"}, OK]},
     "[resource: not shown]\n[resource_link: not shown]\nIt is done."),
    ({"content": [{"text": "no type"}, 5, None, OK]},
     "[something unknown: not shown]\n[something unknown: not shown]\nIt is done."),
    ({"content": [{"type": ["odd"]}, {"type": "a b]\n[c" * 50}, OK]},
     "[something unknown: not shown]\n[abcabcabcabcabcabcabcabcabcabcabcabcabca: not shown]\n"
     "It is done."),
    # good blocks with odd fields beside
    ({"content": [OK | {"annotations": {"priority": 9}, "_meta": 3}]}, "It is done."),
    ({"content": [PICTURE | {"annotations": "?"}, OK]},
     "[image image/png, 5 bytes: not shown]\nIt is done."),
    # a content that is no list of blocks
    ({"content": "It is done."}, "It is done."),
    ({"content": OK}, "It is done."),
    ({"content": [[OK], ["plain"]]}, "It is done.\nplain"),
    ({"content": None}, "(no output)"),
    ({}, "(no output)"),
    ({"content": []}, "(no output)"),
    ({"content": 3}, "[something unknown: not shown]"),
    # structured content
    ({"content": [OK], "structuredContent": {"n": "one"}}, 'It is done.\n{"n": "one"}'),
    ({"content": [OK], "structuredContent": {"m": 1}}, 'It is done.\n{"m": 1}'),
    ({"content": [OK], "structuredContent": None}, "It is done."),
    ({"content": [OK]}, "It is done."),
    ({"structuredContent": {"n": 1}}, '{"n": 1}'),
    ({"content": None, "structuredContent": {"n": "é"}}, '{"n": "é"}'),
    ({"content": [], "structuredContent": [1, 2]}, "[1, 2]"),
    ({"content": [{"type": "text", "text": "[1]"}], "structuredContent": {"result": [1]}}, "[1]"),
    # what is beside the content
    ({"content": [OK], "isError": None, "_meta": "x", "more": 1}, "It is done."),
    ({"content": [{"type": "text", "text": "long " * 500_000}]}, "long " * 500_000),
]  # fmt: skip


def test_a_result_that_is_not_as_it_should_be_loses_only_what_is_not() -> None:
    """The model is given the rest; nothing is held to the schema of the output."""
    answers = Answers()
    answers.tools[0]["outputSchema"] = SCHEMA
    with answering(answers) as url:
        server = McpServer.http(url)

        async def use() -> None:
            for result, text in RESULTS:
                answers.result = result
                assert await call(server, "work") == text, result
            await server.close()

        run(use())
    assert answers.began == 1


@pytest.mark.parametrize("schema", [3, {"type": "array"}, {"$ref": "#/nowhere"}, {"type": 5}])
def test_a_schema_of_the_output_that_is_none_does_no_harm(schema: Any) -> None:
    """It is not looked at."""
    answers = Answers(result={"content": [OK], "structuredContent": {"n": 1}})
    answers.tools[0]["outputSchema"] = schema
    with answering(answers) as url:
        server = McpServer.http(url)
        assert run(call(server, "work")) == 'It is done.\n{"n": 1}'
        run(server.close())


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"isError": True}, "'work' failed, and not why"),
        ({"isError": True, "content": None}, "'work' failed, and not why"),
        ({"isError": True, "content": [{"type": "odd"}]}, r"\[odd: not shown\]"),
        ({"isError": "true", "content": [OK]}, "It is done"),
        ({"isError": True, "structuredContent": {"why": "full"}}, '{"why": "full"}'),
    ],
)
def test_a_failure_is_told_whatever_is_missing(result: Any, text: str) -> None:
    """Also one without any content."""
    with answering(Answers(result=result)) as url:
        server = McpServer.http(url)
        with pytest.raises(McpError, match=text):
            run(call(server, "work"))
        run(server.close())


def test_a_tool_that_is_not_as_it_should_be_is_the_only_one_that_is_left_out() -> None:
    """What can be mended is: a schema that is missing, fields of another type."""
    listed = [
        {"name": "good", "description": "Good.", "inputSchema": SCHEMA},
        {"name": "bare"},
        {"name": "odd", "title": 3, "description": None, "annotations": "?", "icons": 5,
         "inputSchema": {"type": "string", "properties": {"x": 3, "y": True}, "required": "x"}},
        {"name": "listed", "inputSchema": {"properties": [], "required": ["a", 3], "$schema": 1}},
        {"description": "has no name", "inputSchema": SCHEMA},
        {"name": None}, "no tool", None,
    ]  # fmt: skip
    with answering(Answers(tools=listed)) as url:
        server = McpServer.http(url)
        tools = {tool.name: tool for tool in run(server.tools())}
        run(server.close())
    assert list(tools) == ["good", "bare", "odd", "listed"]
    assert tools["good"].parameters == SCHEMA
    assert tools["bare"].parameters == {"type": "object"}
    assert tools["odd"].parameters == {"type": "object", "properties": {"x": {}, "y": True}}


@pytest.mark.parametrize("listed", [None, {}, "x"])
def test_a_list_that_is_none_has_no_tools(listed: Any) -> None:
    """It is as if it were empty."""
    with answering(Answers(tools=listed)) as url:
        server = McpServer.http(url)
        assert run(server.tools()) == ()
        run(server.close())


@pytest.mark.parametrize(
    ("line", "around", "found"),
    [
        ('Ready {"jsonrpc": "2.0", "id": 1, "result": {}}', "Ready ", True),
        ('{"jsonrpc": "2.0", "id": 1, "result": {}} bye', " bye", True),
        ('\ufeff{"id": 1, "result": {"a": "{"}, "jsonrpc": "2.0"}', "\ufeff", True),
        ('{"jsonrpc": "2.0", {"jsonrpc": "2.0", "method": "x"}', '{"jsonrpc": "2.0", ', True),
        ('{"jsonrpc": "1.0", "id": 1}', '{"jsonrpc": "1.0", "id": 1}', False),
        ('{"level": "info"}', '{"level": "info"}', False),
        ("no message", "no message", False),
        ("", "", False),
    ],
)
def test_a_message_is_found_in_a_line(line: str, around: str, found: bool) -> None:
    """Wherever it stands; the rest of the line is what was printed."""
    rest, message = message_in(line)
    assert (rest, message is not None) == (around, found)
