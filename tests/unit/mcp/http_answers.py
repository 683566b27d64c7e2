"""A server over HTTP that speaks just enough of MCP, and refuses as it is told to.

Real servers refuse in many ways; those of the SDK are in `mcp_server.py` and `mcp_server_1.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs

JSON, TEXT, HTML = "application/json", "text/plain; charset=utf-8", "text/html"


@attrs.frozen
class Refused:
    """A response that is no answer.

    Attributes:
        status: its status.
        body: its body; what is no text is sent as JSON.
        kind: its content type.
        headers: more headers.
    """

    status: int
    body: Any = ""
    kind: str = JSON
    headers: Mapping[str, str] = {}


def error(code: int, message: str, request: Any = None) -> dict[str, Any]:
    """Give a JSON-RPC error."""
    return {"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": message}}


@attrs.define(eq=False)
class Answers:
    """What the server does.

    Attributes:
        unknown: its response where it does not know the session.
        refuse: its responses to all requests of a method.
        result: of each call of a tool.
        sessions: ids of those that it knows.
        asked: methods of the requests that it answered.
        authorized: values of the header ``Authorization``, of all requests.
        forgetful: whether it forgets each session at once.
        path: where it is; what is sent to another path is redirected.
    """

    unknown: Refused = Refused(404, error(-32001, "Session not found"))
    refuse: dict[str, Refused] = attrs.field(factory=dict)
    result: Any = attrs.field(factory=lambda: {"content": [{"type": "text", "text": "done"}]})
    tools: Any = attrs.field(
        factory=lambda: [{"name": "work", "inputSchema": {"type": "object", "properties": {}}}]
    )
    sessions: set[str] = attrs.field(factory=set)
    asked: list[str] = attrs.field(factory=list)
    authorized: list[str | None] = attrs.field(factory=list)
    forgetful: bool = False
    path: str = "/mcp"
    began: int = 0

    def result_of(self, method: str, session: str) -> Any:
        """Give the result of a request in a session."""
        self.asked.append(method)
        if method == "initialize":
            version = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
            return version | {"serverInfo": {"name": "fake", "version": "1"}}
        return {"tools": self.tools} if method == "tools/list" else self.result

    def refusal(self, method: str, session: str) -> Refused | None:
        """Give the response to a request that is not answered."""
        if method in self.refuse:
            return self.refuse[method]
        if method == "server/discover":
            return Refused(400, error(-32600, "Bad Request: Missing session ID", "server-error"))
        if method != "initialize" and session not in self.sessions:
            return self.unknown
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are sent one after the other
    answers: Answers

    def do_POST(self) -> None:
        """Answer a message."""
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        method, session = message["method"], self.headers.get("mcp-session-id", "")
        self.answers.authorized.append(self.headers.get("authorization"))
        refused = self.answers.refusal(method, session)
        if self.path != self.answers.path:
            self._send(Refused(307, headers={"Location": self.answers.path}))
        elif "id" not in message:
            self._send(Refused(202))
        elif refused is not None:
            if refused.status == 200 and isinstance(refused.body, dict):
                refused = attrs.evolve(refused, body={**refused.body, "id": message["id"]})
            self._send(refused)
        else:
            headers = {}
            if method == "initialize":
                self.answers.began += 1
                headers["mcp-session-id"] = session = f"session-{self.answers.began}"
                if not self.answers.forgetful:
                    self.answers.sessions.add(session)
            result = self.answers.result_of(method, session)
            body = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            self._send(Refused(200, body, headers=headers))

    def do_GET(self) -> None:
        """Open no stream."""
        self._send(Refused(405))

    def do_DELETE(self) -> None:
        """End a session."""
        self.answers.sessions.discard(self.headers.get("mcp-session-id", ""))
        self._send(Refused(200))

    def _send(self, response: Refused) -> None:
        body = response.body if isinstance(response.body, str) else json.dumps(response.body)
        data = body.encode()
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if data:
            self.send_header("content-type", response.kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def answering(answers: Answers, port: int = 0) -> Iterator[str]:
    """Run the server; give its address."""
    handler = type("Handler", (_Handler,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/mcp"
        finally:
            server.shutdown()
            thread.join()
