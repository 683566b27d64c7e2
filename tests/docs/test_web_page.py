"""The service of docs/howto/web.md: what clients that leave, and servers that end, do to it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agentcore import ModelError
from agentcore.models import Completion, Delta
from agentcore.testing import ScriptedModel, Streamed

PAGE = Path(__file__).parents[2] / "docs/howto/web.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASKED = json.dumps({"session": "ann", "text": "hello"}).encode()


class SlowModel:
    """A model that begins an answer, and never comes to its end.

    `begun` and `cancelled` belong to the event loop of the test; the model runs on another one.
    """

    name = "slow"
    alternates = names_in_text = False

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.begun, self.cancelled = asyncio.Event(), asyncio.Event()

    async def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer never."""
        self._loop.call_soon_threadsafe(self.begun.set)
        try:
            return await asyncio.Future[Completion]()
        finally:
            self._loop.call_soon_threadsafe(self.cancelled.set)

    async def stream(self, messages: Any, **options: Any) -> AsyncIterator[Delta]:
        """Give one piece, and then never another."""
        yield Delta("one ")
        yield Delta(completion=await self.complete(messages))


@pytest.fixture
def service() -> dict[str, Any]:
    """Return the names of the module that the page's service is."""
    source = next(b for b in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if "Starlette(" in b)
    names: dict[str, Any] = {"__name__": "service"}
    exec(compile(source, str(PAGE), "exec"), names)
    return names


class Client:
    """A client of an ASGI application, which may leave while it waits."""

    def __init__(self, app: Any, path: str) -> None:
        self.left, self.heard = asyncio.Event(), asyncio.Event()
        self.sent: list[Any] = []
        self._asked = False
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "POST",
            "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
            "http_version": "1.1", "scheme": "http", "root_path": "",
        }  # fmt: skip
        self.served = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": ASKED, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)
        if message.get("body"):
            self.heard.set()


def test_a_client_that_leaves_cancels_the_request_to_the_model(service: dict[str, Any]) -> None:
    """The route ends at once, and so does what the model was doing."""

    async def leave() -> Client:
        service["model"] = model = SlowModel()
        async with service["lifespan"](service["app"]):
            client = Client(service["app"], "/chat")
            await model.begun.wait()
            client.left.set()
            await client.served
            await model.cancelled.wait()
        return client

    assert asyncio.run(leave()).sent[0]["status"] == 499


def test_a_client_that_leaves_a_stream_closes_it(service: dict[str, Any]) -> None:
    """The request to the model ends, and the client had what there was."""

    async def leave() -> Client:
        service["model"] = model = SlowModel()
        async with service["lifespan"](service["app"]):
            client = Client(service["app"], "/stream")
            await client.heard.wait()
            await model.begun.wait()
            client.left.set()
            await client.served
            await model.cancelled.wait()
        return client

    bodies = [each["body"] for each in asyncio.run(leave()).sent if each.get("body")]
    assert bodies == [b'data: "one "\n\n']


def test_a_server_that_ends_stops_what_goes_on(service: dict[str, Any]) -> None:
    """Whoever still waits is told so, and nothing hangs."""

    async def end() -> Client:
        service["model"] = model = SlowModel()
        async with service["lifespan"](service["app"]):
            client = Client(service["app"], "/chat")
            await model.begun.wait()
        await client.served
        return client

    assert asyncio.run(end()).sent[0]["status"] == 502


def test_a_stream_that_fails_says_so_in_an_event(service: dict[str, Any]) -> None:
    """Its pieces have been sent by then, and the status of the response too."""

    async def listen() -> Client:
        service["model"] = ScriptedModel(Streamed("one ", ModelError("no more", model="broken")))
        async with service["lifespan"](service["app"]):
            client = Client(service["app"], "/stream")
            await client.served
        return client

    bodies = [each["body"] for each in asyncio.run(listen()).sent if each.get("body")]
    assert bodies == [b'data: "one "\n\n', b'event: error\ndata: "ReplyError"\n\n']
