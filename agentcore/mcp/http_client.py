"""The HTTP client that the SDK sends messages with: a failed request costs that request only.

The SDK does not tell the status of a response, and ends a session when it cannot send a message.
This client gives it an answer in both cases: a JSON-RPC error. It may import `httpx2`, and is
imported when the first server is reached over HTTP.
"""

from __future__ import annotations

import contextlib
import functools
import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from agentcore.mcp.refusal import Refusal

__all__ = ["AnsweringClient"]

_CLOSED = {"code": -32000, "message": "Connection closed"}  # as the SDK says it
_LONGEST = 100_000  # bytes of the body of a refusal; the rest is left
_FAREWELL = 2.0  # seconds for a server to hear that a session is over
_HANDSHAKE = ("initialize", "server/discover")


class AnsweringClient(httpx2.AsyncClient):
    """An HTTP client that answers for the server where it gives a status of 400 or more.

    Args:
        headers: sent with each request.
        timeout: seconds to connect, and to write; answers have their time from who asks.
    """

    def __init__(self, headers: Mapping[str, str], timeout: float) -> None:
        limits = httpx2.Timeout(timeout, read=None)
        super().__init__(headers=headers, timeout=limits, verify=_certificates())

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; one that holds a JSON-RPC request is always answered as such.

        Raises:
            httpx2.TransportError: the server cannot be reached for a handshake, or for what is
                no JSON-RPC request.
        """
        if request.method == "DELETE":
            return await self._farewell(request, options)
        await request.aread()  # where the server sent it elsewhere, it is a stream
        message = _message(request)
        if message is None:
            return await super().send(request, **options)
        in_session = message["method"] not in _HANDSHAKE or "mcp-session-id" in request.headers
        try:
            response = await super().send(request, **options)
            if response.status_code < 400:
                return response
            body = await _begin(response)
        except httpx2.TransportError:
            if not in_session:
                raise
            return _answer(request, message, _CLOSED)
        status, headers = response.status_code, response.headers
        return _answer(request, message, Refusal.read(status, headers, body, in_session)[1])

    async def _farewell(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        """Tell a server that the session is over; it is, whether or not the server hears it."""
        request.extensions["timeout"] = httpx2.Timeout(_FAREWELL).as_dict()
        with contextlib.suppress(httpx2.TransportError):
            response = await super().send(request, **options)
            await response.aclose()
        return httpx2.Response(200, request=request)


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Give what servers are checked by; to load it takes as long as to open several sessions."""
    return httpx2.create_ssl_context()


def _message(request: httpx2.Request) -> dict[str, Any] | None:
    """Give the JSON-RPC request that an HTTP request holds; ``None`` if it holds none."""
    if request.method != "POST":
        return None
    message = json.loads(request.content)
    return message if "id" in message and "method" in message else None


async def _begin(response: httpx2.Response) -> bytes:
    body = b""
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) >= _LONGEST:
                break
    except httpx2.DecodingError:
        body = b""
    finally:
        await response.aclose()
    return body


def _answer(
    request: httpx2.Request, message: dict[str, Any], error: dict[str, Any]
) -> httpx2.Response:
    content = {"jsonrpc": "2.0", "id": message["id"], "error": error}
    return httpx2.Response(200, json=content, request=request)
