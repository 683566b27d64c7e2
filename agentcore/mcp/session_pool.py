"""The sessions of a process with MCP servers, on one event loop in a thread of its own.

So a session outlives the agent that first needs it, serves every event loop of the process, and
works beside event loops that have no subprocesses and sockets, such as the inline backend's.
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
from agentcore.mcp.failures import is_closed
from agentcore.mcp.refusal import Refusal
from agentcore.mcp.server_process import SessionLoop
from agentcore.mcp.session import Session

__all__ = ["SessionPool", "session_pool"]

T = TypeVar("T")

_CLOSING = 8.0  # seconds for all sessions; the SDK kills a server that has not ended after 2 s


class SessionPool(Executor):
    """The sessions of this process, one for each connection.

    It is an executor that runs coroutines on its loop, because ``run_in_executor`` is what every
    event loop can wait for.

    Attributes:
        process: the id of the process; a fork needs a pool of its own.
    """

    def __init__(self) -> None:
        self.process = os.getpid()
        self._ending = False
        self._sessions: dict[Connection, Session] = {}
        self._left: dict[Session, asyncio.Task[None]] = {}  # which others still use
        self._loop = SessionLoop()
        self._thread = threading.Thread(target=self._run_loop, name="agentcore-mcp", daemon=True)
        self._thread.start()

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        while not self._ending:
            with contextlib.suppress(SystemExit, KeyboardInterrupt):  # asyncio lets them through
                self._loop.run_forever()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the coroutine that ``fn`` makes on the sessions' loop; `concurrent.futures`."""
        return asyncio.run_coroutine_threadsafe(fn(*args, **kwargs), self._loop)

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the sessions' loop, and await it on the caller's.

        If the caller is cancelled, so is the coroutine.
        """
        loop = asyncio.get_running_loop()
        # A lambda, because a loop in debug mode refuses coroutine functions.
        return await loop.run_in_executor(self, cast("Callable[[], T]", lambda: work()))

    def known(self, connection: Connection) -> Session | None:
        """Give the session that is open or opening, or ``None``; called from any thread."""
        session = self._sessions.get(connection)
        return None if session is None or session.lost else session

    # --- on the sessions' loop ------------------------------------------------------------------

    async def request(
        self,
        connection: Connection,
        timeout: float,
        send: Callable[[Session], Awaitable[T]],
        *,
        again: bool,
    ) -> T:
        """Send a request to a server; open a session first if none is open.

        Args:
            connection: to the server.
            timeout: seconds to open the session.
            send: sends the request in the session, and awaits the response.
            again: whether the request may be sent a second time if the session ends before the
                response. A request that a server refused because it does not know the session
                is always sent a second time.

        Returns:
            what ``send`` returns.

        Raises:
            McpError: the server cannot be reached, ended before it answered, or does not know a
                session that it has just begun.
        """
        for may_retry in (True, False):
            session = await self._open(connection, timeout)
            try:
                return await session.use(send)
            except Exception as error:
                refusal = Refusal.of(error)
                cut = session.lost or is_closed(error)
                if not cut and (refusal is None or not (refusal.of_session or refusal.of_key)):
                    raise
                await self._drop(connection, session)
                if refusal is not None and not refusal.of_session:
                    raise
                if may_retry and (again or refusal is not None):
                    continue
                text = _forgotten(refusal) if refusal is not None else _cut(session)
                text = f"the MCP server {connection.label} {text}"
                raise McpError(connection.redact(text), server=connection.label) from None
        raise AssertionError  # pragma: no cover

    async def _open(self, connection: Connection, timeout: float) -> Session:
        session = self.known(connection)
        if session is None:
            # The import may take seconds, which must not count towards the server's timeout.
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
        """Let the next request open another session; what is under way in this one goes on."""
        if self._sessions.get(connection) is session:
            del self._sessions[connection]
        if session.lost:
            await session.close()  # so that it is known how its process ended
        elif session not in self._left:
            self._left[session] = asyncio.create_task(session.leave())
            self._left[session].add_done_callback(lambda _: self._left.pop(session, None))

    async def close(self, connection: Connection) -> None:
        """End the session with a server, if there is one."""
        session = self._sessions.pop(connection, None)
        if session is not None:
            await session.close()

    async def _close_all(self) -> None:
        sessions = [*self._sessions.values(), *self._left]
        self._sessions.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    def end(self) -> None:
        """End every session and the loop; called at the end of the process."""
        if self.process != os.getpid():
            return  # this process is a fork, and the sessions are its parent's
        with contextlib.suppress(
            TimeoutError
        ):  # the servers then end with their pipes, as the process ends
            self.submit(self._close_all).result(_CLOSING)
        self._ending = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(1.0)
        if not self._loop.is_running():
            self._loop.close()


def _cut(session: Session) -> str:
    return (
        f"ended, or cut the connection, before it answered{session.aside()}: what it was asked for "
        "may be done or not; the next call connects anew"
    )


def _forgotten(refusal: Refusal) -> str:
    return (
        f"refused the request in two sessions, one of them new: {refusal.text()}; nothing was done "
        "(several servers behind one address have to share their sessions, or keep none)"
    )


_lock = threading.Lock()
_pool: SessionPool | None = None


def session_pool() -> SessionPool:
    """Give the pool of this process; the first call makes it."""
    global _pool
    with _lock:
        if _pool is None or _pool.process != os.getpid():
            _pool = SessionPool()
            atexit.register(_pool.end)
        return _pool
