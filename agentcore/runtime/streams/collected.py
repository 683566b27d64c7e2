"""Reading a stream to its end without blocking a thread, for whoever wants its text alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.streams.reader import StreamReader
from agentcore.runtime.streams.stream import Batch

__all__ = ["Collecting"]

Done = Callable[[BaseException | None], None]


class Collecting:
    """The reading of one stream, from its beginning; the messages of the stream get its text.

    Args:
        agent: the agent that answered with it.
        done: called once, on any thread, with the error that ended it, or ``None``.
        deadline: by when it must be over, on the backend's clock; ``None`` for any time.
    """

    def __init__(
        self, runtime: RuntimePort, agent: str, done: Done, deadline: float | None
    ) -> None:
        self._runtime = runtime
        self._agent = agent
        self._done: list[Done] = [done]
        self._deadline = deadline
        self._index = 0
        self._feed: Any = None
        self._heard: Any = None
        self._timer: Any = None

    def begin(self, reader_of: Callable[[AgentLike, str], StreamReader], stream_id: str) -> None:
        """Begin to read; an error is given to ``done``."""
        try:
            reader = reader_of(self._agent, stream_id)
        except BaseException as error:
            self._end(error)
            return
        self._reader = reader  # its end would free the stream
        self._feed, self._heard = reader._feed, reader._heard
        if self._deadline is not None:
            left = max(0.0, self._deadline - self._runtime.backend.now())
            self._timer = self._runtime.backend.call_later(left, self._expire)
        self._feed.ask(0, self._take)

    def _take(self, batch: Batch) -> None:
        if not self._done:
            return
        self._index += len(batch.chunks)
        self._heard.add(batch)
        if not batch.over:
            self._feed.ask(self._index, self._take)
            return
        self._reader._over = True
        self._feed.leave(False)
        self._end(batch.error)

    def _expire(self) -> None:
        text = f"the stream of {self._agent!r} was not read in time (timeout=)"
        if self._end(ChatTimeoutError(text, agent=self._agent)):
            self._reader.close()

    def _end(self, error: BaseException | None) -> bool:
        try:
            done = self._done.pop()
        except IndexError:
            return False
        if self._timer is not None:
            self._timer.cancel()
        done(error)
        return True
