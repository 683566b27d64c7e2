"""The directory as a process of the system uses it: blocking calls, and handles that are kept."""

from __future__ import annotations

from typing import Any

import ray

from agentcore import AgentDiedError
from agentcore_thread import Pool

__all__ = ["DirectoryClient"]


class DirectoryClient:
    """Calls the directory of a system; another worker takes the place of one that waits for it.

    Args:
        actor: Ray's handle of the directory.
        pool: whose workers call.

    Attributes:
        actor: the same handle, for calls that nobody waits for or that are awaited.
    """

    def __init__(self, actor: Any, pool: Pool) -> None:
        self.actor = actor
        self._pool = pool
        self._handles: dict[str, Any] = {}

    def ask(self, method: str, *args: Any) -> Any:
        """Call a method of the directory, and wait for its value.

        Raises:
            ray.exceptions.RayError: the directory is gone.
        """
        with self._pool.away():
            return ray.get(getattr(self.actor, method).remote(*args))

    def handle(self, host: str) -> Any:
        """Give Ray's handle of a host.

        Raises:
            AgentDiedError: the system has no such host any more.
        """
        handle = self._handles.get(host)
        if handle is None:
            handle = self.ask("handle", host)
            if handle is None:
                raise AgentDiedError(f"host {host} of this system is gone")
            self._handles[host] = handle
        return handle

    def end_host(self, host: str) -> None:
        """Take a host out of the directory, with its agents, and end its process."""
        handle = self.ask("remove_host", host)
        if handle is not None:
            ray.kill(handle)
