"""Servers over HTTP that refuse, are gone, or say nothing: at connect, and later."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import pytest

from agentcore.errors import McpError
from agentcore.mcp import McpServer

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from tests.unit.mcp.http_answers import HTML, TEXT, Answers, Refused, answering, error
from tests.unit.mcp.mcp_servers import PATIENCE, call, run

# What servers say when they do not know a session, as after a restart.
UNKNOWN = {
    "TypeScript SDK": Refused(404, error(-32001, "Session not found")),
    "Python SDK": Refused(404, error(-32600, "Session not found", "server-error")),
    "ended by the server": Refused(404, error(-32600, "Not Found: Session has been terminated")),
    "another code": Refused(404, error(-32601, "Method not found", 3)),
    "text": Refused(404, "Session not found", TEXT),
    "HTML": Refused(404, "<html><h1>404</h1></html>", HTML),
    "nothing": Refused(404),
    "JSON that is no JSON-RPC": Refused(404, {"detail": "Not Found"}),
    "JSON that is none": Refused(404, "{"),
    "a result": Refused(404, {"jsonrpc": "2.0", "id": 3, "result": {}}),
    "Python SDK before 1.23": Refused(400, "Bad Request: No valid session ID provided", TEXT),
    "examples of the TypeScript SDK": Refused(
        400, error(-32000, "Bad Request: No valid session ID provided")
    ),
    "others that follow them": Refused(
        400, error(-32000, "Bad Request: No valid session ID or not an initialize request")
    ),
    "a session that did not begin": Refused(
        400, error(-32000, "Bad Request: Server not initialized")
    ),
    "session is missing": Refused(400, error(-32600, "Bad Request: Missing session ID", "error")),
    "a header is missing": Refused(
        400, error(-32000, "Bad Request: Mcp-Session-Id header is required")
    ),
    "Go": Refused(400, "Invalid session ID\n", TEXT),
    "gone": Refused(410, {"error": "session expired"}),
}


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_a_server_that_forgot_the_session_is_asked_again_in_another(unknown: Refused) -> None:
    """A new session is begun, and the call repeated: the server had refused to do it."""
    answers = Answers(unknown=unknown)
    with answering(answers) as url:
        server = McpServer.http(url)

        async def use() -> list[str]:
            found = [await call(server, "work")]
            answers.sessions.clear()
            return [*found, await call(server, "work"), await call(server, "work")]

        assert run(use()) == ["done"] * 3
        assert (answers.began, answers.asked.count("tools/call")) == (2, 3)
        run(server.close())


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_a_server_that_forgets_each_session_is_asked_twice_only(unknown: Refused) -> None:
    """The error says that both sessions were refused, and what may be wrong."""
    answers = Answers(unknown=unknown)
    with answering(answers) as url:
        server = McpServer.http(url)

        async def use() -> None:
            (work,) = await server.tools()
            answers.sessions.clear()
            answers.forgetful = True
            await work.function()

        text = rf"refused the request in two sessions.*: {unknown.status} .*nothing was done"
        with pytest.raises(McpError, match=text):
            run(use())
        assert answers.began == 2
        run(server.close())


def test_calls_under_way_go_on_where_another_finds_the_session_forgotten() -> None:
    """Eight calls at once are repeated each, in one new session."""
    answers = Answers()
    with answering(answers) as url:
        server = McpServer.http(url)

        async def use() -> list[str]:
            (work,) = await server.tools()
            answers.sessions.clear()
            return await asyncio.gather(*(work.function() for _ in range(8)))

        assert run(use()) == ["done"] * 8
        assert (answers.began, answers.asked.count("tools/call")) == (2, 8)
        run(server.close())


def test_a_server_that_has_its_path_with_a_slash_is_followed_there() -> None:
    """Servers in Python frameworks send what comes to ``/mcp`` on to ``/mcp/``."""
    answers = Answers(path="/mcp/")
    with answering(answers) as url:
        server = McpServer.http(url)
        assert run(call(server, "work")) == "done"
        answers.sessions.clear()
        assert run(call(server, "work")) == "done"
        run(server.close())


STATUSES = [
    (Refused(401, error(-32000, "Unauthorized: no s3cret-key")), "401 Unauthorized .*headers="),
    (Refused(401, "", TEXT, {"WWW-Authenticate": "Bearer"}), "401 Unauthorized: .*headers_env="),
    (Refused(403, {"error": "forbidden"}), r"403 Forbidden \(forbidden\): .*headers="),
    (Refused(405), "405 Method Not Allowed: .*check its path"),
    (Refused(406), "406 Not Acceptable: .*check its path"),
    (Refused(418, "short and stout", TEXT), "418 .*short and stout"),
    (Refused(429, headers={"Retry-After": "7"}), "429 Too Many Requests: .*it asks to wait 7 s"),
    (Refused(500, {"detail": {"message": "no database"}}), r"500 .*\(no database\): .*try later"),
    (Refused(502, "<html>Bad gateway</html>", HTML), "502 Bad Gateway: .*try later"),
    (
        Refused(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
        "503 Service Unavailable: .*wait until Wed, 21 Oct 2026",
    ),
    (Refused(599, [1]), "599: it failed"),
]
WRONG_PATH = [
    (Refused(404), r"404 Not Found: nothing speaks MCP at this address.*/mcp"),
    (Refused(404, {"detail": "Not Found"}), r"404 Not Found \(Not Found\): nothing speaks MCP"),
    (Refused(404, error(-32001, "Session not found")), "404 Not Found .*nothing speaks MCP"),
    (Refused(404, "<h1>Nothing here</h1>", HTML), "404 Not Found: nothing speaks MCP"),
    (Refused(200, "<h1>Please log in</h1>", HTML), "text/html; check"),
    (Refused(200, {"hello": "world"}), "its answer is no message of MCP"),
    (Refused(200, "", TEXT), "check that"),
    (Refused(202), "202"),
    (Refused(302, headers={"Location": "https://elsewhere.example/?s3cret-key"}), "elsewhere"),
]


def server_with_key(url: str, **options: Any) -> McpServer:
    """Describe a server that gets a key."""
    return McpServer.http(url, {"Authorization": "Bearer s3cret-key"}, **options)


@pytest.mark.parametrize(("refused", "text"), [*STATUSES, *WRONG_PATH])
def test_a_server_that_refuses_at_connect_is_told_with_its_status(
    refused: Refused, text: str
) -> None:
    """At once, with what to do, and without the key."""
    methods = ("server/discover", "initialize")
    answers = Answers(refuse=dict.fromkeys(methods, refused))
    with answering(answers) as url:
        began = time.monotonic()
        with pytest.raises(McpError, match=f"cannot be used.*{text}") as caught:
            run(server_with_key(url).tools())
        assert time.monotonic() - began < PATIENCE
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "MCPError" not in str(caught.value)


@pytest.mark.parametrize(("refused", "text"), STATUSES)
def test_a_server_that_refuses_later_is_told_with_its_status(refused: Refused, text: str) -> None:
    """The call fails, and is not repeated; the next one works."""
    answers = Answers()
    with answering(answers) as url:
        server = server_with_key(url)

        async def use() -> str:
            (work,) = await server.tools()
            answers.refuse["tools/call"] = refused
            with pytest.raises(McpError, match=f"'work' failed: {text}") as caught:
                await work.function()
            assert "s3cret" not in str(caught.value)
            answers.refuse.clear()
            return await work.function()

        assert run(use()) == "done"
        run(server.close())


def test_a_key_that_was_renewed_is_sent_after_the_old_one_was_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``headers_env`` is read again for the session after it."""
    answers = Answers()
    monkeypatch.setenv("MCP_TOKEN", "Bearer old")
    with answering(answers) as url:
        server = McpServer.http(url, headers_env={"Authorization": "MCP_TOKEN"})

        async def use() -> None:
            (work,) = await server.tools()
            answers.refuse["tools/call"] = Refused(401)
            with pytest.raises(McpError, match="401"):
                await work.function()
            answers.refuse.clear()
            monkeypatch.setenv("MCP_TOKEN", "Bearer new")
            await work.function()

        run(use())
        run(server.close())
    assert answers.authorized[-1] == "Bearer new"


def test_a_server_that_accepts_and_never_answers_is_given_up() -> None:
    """After ``timeout``."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        server = McpServer.http(f"http://127.0.0.1:{deaf.getsockname()[1]}/mcp", timeout=0.3)
        with pytest.raises(McpError, match=r"did not answer within 0\.3 s \(timeout=\)"):
            run(server.tools())


def test_an_error_of_the_server_with_a_number_of_the_sdk_is_its_own() -> None:
    """-32000 and -32001 mean a closed connection and a time-out only where the SDK says so."""
    answers = Answers()
    with answering(answers) as url:
        server = McpServer.http(url)

        async def use() -> None:
            (work,) = await server.tools()
            for code, words in ((-32000, "Quota is spent"), (-32001, "No such order")):
                answers.refuse["tools/call"] = Refused(200, error(code, words))
                with pytest.raises(McpError, match=f"'work' failed: {words}"):
                    await work.function()

        run(use())
        assert answers.began == 1
        run(server.close())
