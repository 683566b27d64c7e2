"""The directory of a system: which agent lives where, and which hosts there are.

A process of its own that runs nobody's rules, so that no agent's crash takes the names with it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from typing import Any

__all__ = ["DIRECTORY", "Directory"]

DIRECTORY = "agentcore-directory"  # its name, in the system's namespace


class Directory:
    """A Ray actor, named in the system's namespace."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        self._lock = threading.Lock()
        self._agents: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._hosts: dict[str, Any] = {}
        self._shared: list[str] = []
        self._turn = itertools.count()

    def facts(self) -> dict[str, Any]:
        """Give what a driver that joins needs to know."""
        return self._facts

    def add_host(self, host: str, handle: Any, shared: bool) -> None:
        """A host was made."""
        with self._lock:
            self._hosts[host] = handle
            if shared:
                self._shared.append(host)

    def remove_host(self, host: str) -> Any:
        """A host was ended, and its agents with it; gives its handle."""
        self.forget(host)
        with self._lock:
            return self._hosts.pop(host, None)

    def handle(self, host: str) -> Any:
        """Give the handle of a host; ``None`` if there is none."""
        return self._hosts.get(host)

    def handles(self) -> list[Any]:
        """Give the handles of all hosts."""
        return list(self._hosts.values())

    def forget(self, host: str) -> None:
        """The process of a host ended: so did its agents."""
        with self._lock:
            for name in [name for name, (place, _) in self._agents.items() if place == host]:
                del self._agents[name]

    def reserve(
        self, names: Sequence[str], kinds: tuple[str, ...], place: str = ""
    ) -> tuple[str, list[str]]:
        """Register agents, all or none.

        Args:
            names: of the agents.
            kinds: of their class.
            place: where they live; without one, each on the shared host whose turn it is.

        Returns:
            a name that is taken, if one is; and the places, in the order of the names.
        """
        with self._lock:
            taken = next((name for name in names if name in self._agents), "")
            if taken or len(set(names)) < len(names):
                return taken or next(name for name in names if names.count(name) > 1), []
            hosts = [place] if place else self._shared
            places = [hosts[next(self._turn) % len(hosts)] for _ in names]
            for name, where in zip(names, places, strict=True):
                self._agents[name] = (where, kinds)
            return "", places

    def release(self, names: Sequence[str]) -> None:
        """These agents are no more."""
        with self._lock:
            for name in names:
                self._agents.pop(name, None)

    def find(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        """Give place and kinds of an agent."""
        return self._agents.get(name)

    def names(self) -> list[str]:
        """Give the names of all agents."""
        return list(self._agents)
