"""The streams between a transport of the SDK and its client, and what is seen on the way.

Here messages are in the order in which the server sent them; behind it, the SDK handles
notifications and answers in tasks of their own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from agentcore.base import logger
from agentcore.mcp.failures import UNREADABLE
from agentcore.mcp.leniency import message_in, readable
from agentcore.mcp.server_process import ServerProcess

__all__ = ["Traffic"]

_SHOWN = 200  # characters of a line in the log


@attrs.define
class Traffic:
    """What goes to and fro in one session.

    Attributes:
        label: names the server in the log.
        process: of the server; takes note of what it writes that is no message.
        changed: called when the server says that its tools have changed.
        ended: called when the server, or the connection, has ended.
    """

    label: str
    process: ServerProcess
    changed: Callable[[], None]
    ended: Callable[[], None]
    _methods: dict[Any, str] = attrs.field(factory=dict)  # of requests without an answer so far

    def between(self, read: Any, write: Any) -> tuple[Any, Any]:
        """Give streams for the SDK's client, in place of those of its transport."""
        return _Reading(read, self), _Writing(write, self)

    def sent(self, message: Any) -> None:
        """Take note of a message to the server."""
        request, method = getattr(message, "id", None), getattr(message, "method", None)
        if request is not None and method is not None:
            self._methods[request] = method
        elif method == "notifications/cancelled":
            self._methods.pop((message.params or {}).get("requestId"), None)

    def received(self, item: Any) -> Any:
        """Take note of what the transport read, and give what the SDK is to have of it.

        Args:
            item: a message, or the exception that stands for a line that is none.
        """
        if isinstance(item, Exception):
            return self._stray(item)
        message = item.message
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self.changed()
        elif not hasattr(message, "method"):
            self.process.noise = ""
            method = self._methods.pop(message.id, "")
            if hasattr(message, "result"):
                message.result = readable(method, message.result)
        return item

    def _stray(self, error: Exception) -> Any:
        """Look for a message in a line that is none as a whole: beside what was printed in it."""
        line = _line_of(error)
        around, value = message_in(line)
        around = around.strip("\ufeff \r\n")  # some servers begin with a byte order mark
        if around:
            self.process.noise = self.process.noise or around[:_SHOWN]
            logger.warning(
                "the MCP server {} writes what is no MCP to its standard output: {!r}",
                self.label,
                around[:_SHOWN],
            )
        message = None if value is None else _message(value, value.get("id") in self._methods)
        return error if message is None else self.received(message)


def _line_of(error: Any) -> str:
    """Give the line that the SDK could not read: its error quotes it."""
    try:
        line = error.errors(include_url=False)[0]["input"]
    except (AttributeError, IndexError, KeyError, TypeError):
        return str(error)
    return line if isinstance(line, str) else json.dumps(line)  # or what it is the JSON of


def _message(value: dict[str, Any], awaited: bool) -> Any:
    """Give a message for the SDK; an error in place of one that is malformed, if it is awaited."""
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    malformed = {"code": UNREADABLE, "message": "Failed to parse the answer"}
    tries = [value]
    if awaited and "method" not in value:
        tries.append({"jsonrpc": "2.0", "id": value["id"], "error": malformed})
    for each in tries:
        with contextlib.suppress(ValueError):
            return SessionMessage(jsonrpc_message_adapter.validate_python(each, by_name=False))
    return None


class _Writing:
    """A stream of the SDK to write to."""

    def __init__(self, stream: Any, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def send(self, item: Any) -> None:
        """Send a message."""
        self._traffic.sent(item.message)
        await self._stream.send(item)

    async def __aenter__(self) -> _Writing:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)


class _Reading:
    """A stream of the SDK to read from; it says at once when reading fails."""

    def __init__(self, stream: Any, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> _Reading:
        return self

    async def __anext__(self) -> Any:
        return await self._watch(self._stream.__anext__())

    async def receive(self) -> Any:
        """Give the next message."""
        return await self._watch(self._stream.receive())

    async def _watch(self, coming: Awaitable[Any]) -> Any:
        try:
            item = await coming
        except BaseException:
            self._traffic.ended()
            raise
        return self._traffic.received(item)

    async def __aenter__(self) -> _Reading:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)
