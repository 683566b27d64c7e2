"""The directory as a process of the system uses it: blocking calls, and handles that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ray
from ray.exceptions import RayError

from agentcore import AgentNotFoundError, SystemClosedError
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
            SystemClosedError: the directory's process is gone, so the system was ended or is lost.
        """
        return self.wait_for(getattr(self.actor, method).remote(*args))

    def wait_for(self, call: Any) -> Any:
        """Wait for the value of a call of the directory.

        Raises:
            SystemClosedError: the directory's process is gone.
        """
        try:
            with self._pool.away():
                return ray.get(call)
        except RayError as error:
            raise SystemClosedError(
                "the process that knows the names of this system is gone: the system was ended, or "
                f"that process was killed ({type(error).__name__}); connect() again"
            ) from None

    def handle(self, host: str) -> Any:
        """Give Ray's handle of a host.

        Raises:
            AgentNotFoundError: the system has no such host any more, as it was of an agent that
                was closed.
        """
        handle = self._handles.get(host)
        if handle is None:
            handle = self.ask("handle", host)
            if handle is None:
                raise AgentNotFoundError(
                    f"the agent is gone: it was closed, and its host {host} with it"
                )
            self._handles[host] = handle
        return handle

    def forget_handle(self, host: str) -> None:
        """Ask for the handle of a host again when it is needed, because its process ended."""
        self._handles.pop(host, None)

    def reserve(self, places: Mapping[str, str], kinds: tuple[str, ...]) -> str:
        """Register agents, all or none; give a name that is taken, or an empty text.

        Args:
            places: where each lives, by name.
            kinds: of their class.
        """
        return self.reserve_after(self.ask("reserve", places, kinds), places, kinds)

    def reserve_after(self, taken: str, places: Mapping[str, str], kinds: tuple[str, ...]) -> str:
        """Try again to register agents, if the one that has the name has died meanwhile.

        The directory learns that a host died from the host that Ray starts in its place, which
        says so before it serves its first call. Whoever saw the host die may be quicker.

        Args:
            taken: what `reserve` gave: a name that was taken, or an empty text.
        """
        found = self.ask("find", taken) if taken else None
        if not taken or (found is not None and not self._is_restarted(found[1])):
            return taken
        again: str = self.ask("reserve", places, kinds)
        return again

    def _is_restarted(self, place: str) -> bool:
        """Wait until a host can be called, which may have died; a driver is none, and gives false.

        A host that is gone for good tells the directory nothing, so this does.
        """
        handle = self.ask("handle", place)
        if handle is None:
            return False
        try:
            with self._pool.away():
                ray.get(handle.pid.remote())  # Ray retries it until the host is restarted
        except RayError:
            self.ask("forget", place)
        return True

    def end_host(self, host: str) -> None:
        """Take a host out of the directory, with its agents, and end its process."""
        self.forget_handle(host)
        handle = self.ask("remove_host", host)
        if handle is not None:
            ray.kill(handle)
