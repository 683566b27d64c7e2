"""A session with an MCP server: the SDK's client, and the task that opens and closes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from agentcore.base import logger
from agentcore.base.errors import AgentCoreError, McpError
from agentcore.mcp.connection import Connection
from agentcore.mcp.failures import words
from agentcore.mcp.refusal import Refusal
from agentcore.mcp.server_process import ServerProcess
from agentcore.mcp.streams import Traffic

__all__ = ["Session"]

T = TypeVar("T")

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
        self._process = ServerProcess()
        self._over = asyncio.Event()
        self._uses = 0
        self._idle = asyncio.Event()
        self._idle.set()
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

    async def use(self, send: Callable[[Session], Awaitable[T]]) -> T:
        """Send a request by ``send``, and await its response; `leave` waits for that."""
        self._uses += 1
        self._idle.clear()
        try:
            return await send(self)
        finally:
            self._uses -= 1
            if not self._uses:
                self._idle.set()

    async def leave(self) -> None:
        """End the session as soon as no request is under way."""
        await self._idle.wait()
        await self.close()

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
            cache=None,
        ) as client:
            yield client

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[Any]:
        """Give the transport's streams; the session is lost as soon as the one to read ends."""
        async with self._connection.transport(self._process) as streams:
            yield Traffic(self.label, self._process, self._changed, self._end).between(*streams)

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
        said = await self._process.stderr.last()
        reason, advice = why, self._connection.advice()
        if isinstance(why, BaseException):
            ended = self._process.ended()
            reason = f"{words(why)} ({ended})" if ended else words(why)
            advice = "" if Refusal.of(why) is not None else advice  # it has its own
        parts = [f"the MCP server {self.label} cannot be used: {reason}"]
        parts += [part for part in (self._process.strayed(), advice) if part]
        last = f"; it said last:\n{said}" if said else ""
        return McpError(self._connection.redact("; ".join(parts) + last), server=self.label)

    def aside(self) -> str:
        """Say what was seen of the server's process, to be added to an error about it."""
        seen = [part for part in (self._process.ended(), self._process.strayed()) if part]
        return f" ({'; '.join(seen)})" if seen else ""

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

    async def call(self, name: str, arguments: dict[str, Any], timeout: float) -> Any:
        """Call a tool, and give its result as the SDK has it: one text, and whether it failed.

        Raises:
            McpError: the session could not be opened.
        """
        client = await self.client()
        try:
            return await client.call_tool(name, arguments, read_timeout_seconds=timeout)
        finally:
            tools = client.server_capabilities.tools
            if tools is not None and tools.list_changed and not self._connection.in_order:
                # That the call changed the tools may be heard after its result.
                self._changed()

    def _changed(self) -> None:
        self._changes += 1
        self.listing = None

    async def _subscribe(self, client: Any) -> None:
        """Subscribe to changes of the server's tools, for as long as the session is open.

        Servers of the older protocol notify without a subscription. Of either kind, `Traffic` calls
        `_changed` as soon as a notification is read.
        """
        tools, pause = client.server_capabilities.tools, 1.0
        if tools is None or not tools.list_changed:
            return
        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    pause = 1.0
                    async for _ in changes:
                        pass
            except Exception as error:
                logger.debug("the MCP server {} does not say what changes: {!r}", self.label, error)
                if type(error).__name__ == "ListenNotSupportedError":
                    return
            self._changed()  # a change before the next subscription would not be notified
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


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
