"""`Expiry`: closes an agent that is not used for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.base import logger
from agentcore.base.errors import AgentCoreError

__all__ = ["Expiry"]


class Expiry:
    """Closes an agent that is not used for a while, counted from its last use.

    The time is that of the backend's clock, which is virtual on the inline backend.

    Args:
        agent: the agent, which must be hosted when it is used.
        idle: after how many seconds; ``None`` for never.
    """

    def __init__(self, agent: Any, idle: float | None) -> None:
        self._agent = agent
        self._idle = idle
        self._lock = threading.Lock()
        self._uses = 0
        self._last = 0.0
        self._timer: Any = None
        self._closed = False

    def __reduce__(self) -> Any:
        return type(self), (self._agent, self._idle)

    def touch(self) -> None:
        """Note a use."""
        if self._idle is None:
            return
        backend = self._agent._mailbox.runtime.backend
        with self._lock:
            self._last = backend.now()
            if self._timer is None and not self._closed:
                self._timer = backend.call_later(self._idle, self._look)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the agent for as long as this lasts."""
        with self._lock:
            self._uses += 1
        try:
            yield
        finally:
            with self._lock:
                self._uses -= 1
            self.touch()

    def close(self) -> None:
        """Stop looking: the agent is closed."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _look(self) -> None:
        assert self._idle is not None
        runtime = self._agent._mailbox.runtime
        with self._lock:
            self._timer = None
            if self._closed:
                return
            rest = self._last + self._idle - runtime.backend.now()
            if self._uses or rest > 0:
                self._timer = runtime.backend.call_later(
                    rest if rest > 0 else self._idle, self._look
                )
                return
        # On a thread of the backend: what ends processes takes longer than a timer may.
        runtime.schedule(_Closing(self._agent))


@attrs.frozen
class _Closing:
    """A `Runnable` that closes an agent."""

    _agent: Any

    def run(self) -> None:
        """Close it, if it is still there."""
        try:
            self._agent._mailbox.ref.close()
        except (AgentCoreError, AttributeError) as error:
            logger.info("{} was closed before it had expired: {}", self._agent.name, error)
