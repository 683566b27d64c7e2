"""Where a process keeps its sessions with MCP servers: on one event loop of their own.

A thread of its own, so that sessions outlive what asks for them, serve every event loop of the
process, and need no subprocess or socket of an event loop that may be of another kind (that of
the inline backend has a virtual clock).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, cast

from agentcore.base.errors import AgentCoreError, McpError
from agentcore.base.extras import import_extra
from agentcore.mcp.connection import Connection
from agentcore.mcp.session import Session

__all__ = ["House", "house"]

T = TypeVar("T")

_CONNECTION_CLOSED = -32000  # as the SDK numbers it
_NO_SUCH_SESSION = "Session terminated"  # the SDK's words for 404
_CLOSING = 8.0  # the SDK gives a server 2 s to end by itself, then kills it


class House(Executor):
    """The sessions of this process, by connection; an executor of coroutines on their loop."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._sessions: dict[Connection, Session] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="agentcore-mcp", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the coroutine that ``fn`` makes on the sessions' loop; `concurrent.futures`."""
        return asyncio.run_coroutine_threadsafe(fn(*args, **kwargs), self._loop)

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the sessions' loop, and await it on the caller's.

        As an executor: that is what any event loop waits for, the inline backend's too. If the
        caller is cancelled, so is the coroutine.
        """
        loop = asyncio.get_running_loop()
        # Not ``work`` itself: a loop in debug mode refuses coroutine functions.
        return await loop.run_in_executor(self, cast("Callable[[], T]", lambda: work()))

    def known(self, connection: Connection) -> Session | None:
        """Give the session that is open, or opening; from any thread."""
        session = self._sessions.get(connection)
        return None if session is None or session.lost else session

    # --- on the sessions' loop ------------------------------------------------------------------

    async def ask(
        self,
        connection: Connection,
        timeout: float,
        question: Callable[[Session], Awaitable[T]],
        *,
        again: bool,
    ) -> T:
        """Ask a server something; opens a session if none is open.

        Args:
            timeout: seconds to open the session.
            again: whether the question may be put twice, to a server that ended in the midst of
                the first time.

        Raises:
            McpError: it cannot be reached, or ended before it answered.
        """
        for may_retry in (True, False):
            session = await self._open(connection, timeout)
            try:
                return await question(session)
            except Exception as error:
                if not (session.lost or _closed(error) or _refused(error)):
                    raise
                await self._drop(connection, session)
                if not (may_retry and (again or _refused(error))):
                    raise McpError(
                        f"the MCP server {connection.label} ended, or cut the connection, "
                        "before it answered: what it was asked for may be done or not; the next "
                        "call connects anew",
                        server=connection.label,
                    ) from error
        raise AssertionError  # pragma: no cover

    async def _open(self, connection: Connection, timeout: float) -> Session:
        session = self.known(connection)
        if session is None:
            # Before the session's time begins: it may take seconds that are not the server's.
            import_extra("mcp", "mcp", "an MCP server")
            connection.check()
            session = self._sessions[connection] = Session(connection, timeout)
        try:
            await session.client()
        except AgentCoreError:
            if self._sessions.get(connection) is session:
                del self._sessions[connection]
            raise
        return session

    async def _drop(self, connection: Connection, session: Session) -> None:
        if self._sessions.get(connection) is session:
            del self._sessions[connection]
        await session.close()

    async def close(self, connection: Connection) -> None:
        """End the session with a server, if there is one."""
        session = self._sessions.get(connection)
        if session is not None:
            await self._drop(connection, session)

    async def _close_all(self) -> None:
        sessions = list(self._sessions.values())
        self._sessions.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    def end(self) -> None:
        """End every session and the loop; at the end of the process."""
        if self.process != os.getpid():
            return  # a fork: the sessions are the parent's
        with contextlib.suppress(TimeoutError):  # the pipes that servers read end with the process
            self.submit(self._close_all).result(_CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(1.0)
        if not self._loop.is_running():
            self._loop.close()


def _closed(error: Exception) -> bool:
    return getattr(error, "code", None) == _CONNECTION_CLOSED


def _refused(error: Exception) -> bool:
    """Whether the server, begun anew, knows nothing of the session: then nothing was done."""
    return str(error) == _NO_SUCH_SESSION


_lock = threading.Lock()
_house: House | None = None


def house() -> House:
    """Give the sessions of this process."""
    global _house
    with _lock:
        if _house is None or _house.process != os.getpid():
            _house = House()
            atexit.register(_house.end)
        return _house
