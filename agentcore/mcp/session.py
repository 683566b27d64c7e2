"""A session with an MCP server: the SDK's client, and the task that opens and closes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from loguru import logger

from agentcore.base.errors import AgentCoreError, McpError
from agentcore.mcp.connection import Connection
from agentcore.mcp.stderr_tail import StderrTail

__all__ = ["Session"]

_CONNECTION_CLOSED = -32000  # as the SDK numbers it
_PAGES = 100  # of a server's list of tools; the rest is ignored
_LONGEST_PAUSE = 60.0  # seconds between two tries to subscribe to changes of the tools


class Session:
    """A session that is open, or opening. Its methods run on the event loop that it is made on.

    The task that enters one of the SDK's context managers must also leave it: `_run` is that task.
    Any task of the loop may send requests, several at once.

    Args:
        connection: to the server.
        timeout: seconds to open the session, and for each request.

    Attributes:
        lost: whether the session has ended, so that nothing can be requested any more.
        listing: the tools of the server, as the SDK has them; ``None`` until they are requested,
            and again when the server says that they have changed.
    """

    def __init__(self, connection: Connection, timeout: float) -> None:
        self.lost = False
        self.listing: tuple[Any, ...] | None = None
        self._changes = 0
        self._connection = connection
        self._timeout = timeout
        self._stderr = StderrTail()
        self._over = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[Any] = loop.create_future()
        self._opened.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._task = loop.create_task(self._run(), name=f"MCP {connection.label}")

    # --- open and close -------------------------------------------------------------------------

    async def client(self) -> Any:
        """Wait until the session is open, and give the SDK's client.

        Raises:
            McpError: the session could not be opened, in time or at all.
        """
        done, _ = await asyncio.wait((self._opened,), timeout=self._timeout)
        if done:
            return self._opened.result()
        self._task.cancel()
        error = await self._not_open(f"it did not answer within {self._timeout:g} s (timeout=)")
        if not self._opened.done():
            self._opened.set_exception(error)
        raise error

    async def close(self) -> None:
        """End the session, and the server if this process started it; return when that is done."""
        self._over.set()
        if not self._opened.done():
            self._task.cancel()
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        try:
            async with self._connected() as client:
                watch = asyncio.create_task(self._subscribe(client))
                self._opened.set_result(client)
                try:
                    await self._over.wait()
                finally:
                    watch.cancel()
                    await asyncio.wait((watch,))
        except BaseException as error:
            self.lost = True
            await self._fail(_innermost(error))
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self.lost = True

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        import mcp

        information = mcp.Implementation(name="agentcore", version=_version())
        async with mcp.Client(
            self._watched(),
            client_info=information,
            read_timeout_seconds=self._timeout,
            message_handler=self._heard,
            cache=None,
        ) as client:
            yield client

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[Any]:
        """Give the transport's streams; the session is lost as soon as the one to read ends."""
        async with self._connection.transport(self._stderr) as (read, write):
            yield _WatchedStream(read, self._end), write

    def _end(self) -> None:
        self.lost = True
        self._over.set()

    async def _fail(self, error: BaseException) -> None:
        if not self._opened.done():
            failure = error if isinstance(error, AgentCoreError) else await self._not_open(error)
        if not self._opened.done():
            # Without the error that caused it, whose text may quote a secret.
            self._opened.set_exception(failure)
        else:
            text = self._connection.redact(repr(error))
            logger.debug("the session with the MCP server {} ended: {}", self.label, text)

    async def _not_open(self, why: BaseException | str) -> McpError:
        if getattr(why, "code", None) == _CONNECTION_CLOSED:
            why = "it ended, or closed the connection"
        reason = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
        said = await self._stderr.last()
        last = f"; it said last:\n{said}" if said else ""
        connection = self._connection
        return McpError(
            connection.redact(
                f"the MCP server {self.label} cannot be used: {reason}; {connection.advice()}{last}"
            ),
            server=self.label,
        )

    @property
    def label(self) -> str:
        """Name the server in errors."""
        return self._connection.label

    # --- the tools of the server ----------------------------------------------------------------

    async def tools(self) -> tuple[Any, ...]:
        """List the server's tools, as the SDK has them.

        Raises:
            McpError: the session could not be opened.
        """
        listing = self.listing
        if listing is None:
            client, found, cursor = await self.client(), list[Any](), None
            changes = self._changes
            for _ in range(_PAGES):
                page = await client.list_tools(cursor=cursor)
                found.extend(page.tools)
                cursor = page.next_cursor
                if not cursor:
                    break
            listing = tuple(found)
            if changes == self._changes:
                self.listing = listing
        return listing

    def _changed(self) -> None:
        self._changes += 1
        self.listing = None

    async def _heard(self, message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self._changed()

    async def _subscribe(self, client: Any) -> None:
        """Subscribe to changes of the server's tools, for as long as the session is open.

        Servers of the older protocol notify without a subscription: see `_heard`.
        """
        tools, pause = client.server_capabilities.tools, 1.0
        if tools is None or not tools.list_changed:
            return
        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    pause = 1.0
                    async for _ in changes:
                        self._changed()
            except Exception as error:
                logger.debug("the MCP server {} does not say what changes: {!r}", self.label, error)
                if type(error).__name__ == "ListenNotSupportedError":
                    return
            self._changed()  # a change before the next subscription would not be notified
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


class _WatchedStream:
    """A stream of the SDK that calls ``ended`` as soon as reading from it fails."""

    def __init__(self, stream: Any, ended: Callable[[], None]) -> None:
        self._stream = stream
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> _WatchedStream:
        return self

    async def __anext__(self) -> Any:
        return await self._watch(self._stream.__anext__())

    async def receive(self) -> Any:
        """Give the next message."""
        return await self._watch(self._stream.receive())

    async def _watch(self, coming: Awaitable[Any]) -> Any:
        try:
            return await coming
        except BaseException:
            self._ended()
            raise

    async def __aenter__(self) -> _WatchedStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)


def _innermost(error: BaseException) -> BaseException:
    """Give the error that a task group raised, without the group around it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("agentcore-actors")
    except PackageNotFoundError:
        return "0"
