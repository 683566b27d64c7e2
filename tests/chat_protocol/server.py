"""A server that speaks OpenAI's wire format from a script, on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs

from tests.chat_protocol.validator import problems

__all__ = ["Answer", "Server", "chat", "chunk", "failure", "serving", "streamed"]


@attrs.frozen
class Answer:
    """What the server does with one request.

    Attributes:
        body: what it sends, as text or bytes; a list is sent piece by piece.
        hang: it sends nothing more, until the server ends or the client leaves.
        cut: it closes the connection before the body is whole.
    """

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = attrs.field(factory=dict)
    hang: bool = False
    cut: bool = False


def chat(content: Any = "hello", **message: Any) -> Answer:
    """Answer a chat as OpenAI does."""
    finish = message.pop("finish_reason", "stop")
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content, **message},
    }
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "served-1"}
    return Answer(json.dumps(body | {"choices": [choice], "usage": usage}))


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> str:
    """Give an event of a stream."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "served-1"}
    return f"data: {json.dumps(body | {'choices': choices} | more)}\n\n"


def streamed(*events: str, done: bool = True, **how: Any) -> Answer:
    """Answer with a stream of events."""
    body = [*events, "data: [DONE]\n\n"] if done else list(events)
    return Answer(body, headers={"Content-Type": "text/event-stream"}, **how)


def failure(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    """Answer with an error as OpenAI does."""
    error = {"message": message, "type": "some_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps({"error": error}), status, headers=named)


@attrs.define
class Server:
    """The server: what it will answer, and what it was asked.

    Attributes:
        script: the answers that are left; the last one is repeated.
        reply: makes the answer of the request's body, in place of the script.
        more, extra: keys that requests may have beyond OpenAI's, see `problems`.
        checks: whether a strict validator stands in front, which refuses what OpenAI would.
        problems: what it found; the test fails if there are any.
        asked: the body of each request, in order.
        headers: those of each request, its path, and the client's port.
        left: set when a client has closed a connection that the server still wrote to.
    """

    script: list[Answer] = attrs.field(factory=list)
    reply: Callable[[dict[str, Any]], Answer] | None = None
    more: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    checks: bool = True
    problems: list[str] = attrs.field(factory=list)
    asked: list[dict[str, Any]] = attrs.field(factory=list)
    headers: list[dict[str, str]] = attrs.field(factory=list)
    url: str = ""
    left: threading.Event = attrs.field(factory=threading.Event)
    over: threading.Event = attrs.field(factory=threading.Event)

    def answers(self, *script: Answer) -> None:
        """Set what is answered from now on."""
        self.script[:] = script

    def check(self, body: dict[str, Any]) -> list[str]:
        """Let the validator look at a request, and remember what it says."""
        found = problems(body, more=self.more, extra=self.extra) if self.checks else []
        self.problems += found
        return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    told: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length))
        self.told.asked.append(asked)
        names = {name.lower(): value for name, value in self.headers.items()}
        about = {"path": self.path, "port": str(self.client_address[1])}
        self.told.headers.append({**about, **names})
        found = self.told.check(asked)
        script = self.told.script
        if found:
            self._send(failure(400, f"the validator refuses this: {found}"))
        elif self.told.reply is not None:
            self._send(self.told.reply(asked))
        else:
            self._send(script.pop(0) if len(script) > 1 else script[0])

    def _send(self, answer: Answer) -> None:
        pieces = answer.body if isinstance(answer.body, list) else [answer.body]
        if answer.hang and not isinstance(answer.body, list):
            self._wait_until_left()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self._chunk(piece if isinstance(piece, bytes) else piece.encode())
        if answer.hang:
            self._wait_until_left()
        elif answer.cut:
            self.close_connection = True
        else:
            self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _wait_until_left(self) -> None:
        """A client that closes its connection is seen as the end of what it sends."""
        self.close_connection = True
        self.connection.settimeout(0.05)
        while not self.told.over.is_set():
            try:
                if not self.connection.recv(1):
                    self.told.left.set()
                    return
            except TimeoutError:
                continue
            except OSError:
                self.told.left.set()
                return


class _Threads(ThreadingHTTPServer):
    """Threads that do not outlive the test."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave are part of the tests."""


@contextmanager
def serving(*script: Answer) -> Iterator[Server]:
    """Run a server on a port of this machine."""
    told = Server(list(script) or [chat()])
    handler = type("Handler", (_Handler,), {"told": told})
    server = _Threads(("127.0.0.1", 0), handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not told.problems, told.problems
