"""The directory of a system: which agent lives where, and which hosts there are.

It is a process that runs no agent, so that no agent's crash takes the names with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agentcore.backend import name_of
from agentcore_ray.model_host import start_model_host
from agentcore_ray.system_config import SystemConfig

__all__ = ["DIRECTORY", "Directory"]

DIRECTORY = "agentcore-directory"  # its name, in the system's namespace


class Registered(NamedTuple):
    """An agent in the directory.

    Attributes:
        place: where it lives.
        kinds: of its class.
        life: of that place; empty while the first process of a host is not up yet, and for drivers.
    """

    place: str
    kinds: tuple[str, ...]
    life: str


class Directory:
    """A Ray actor, named in the system's namespace.

    It serves one call at a time, so that the calls of one process take effect in the order in
    which they were made, also those that nobody waits for.

    A *life* of a host is one process of it. Ray starts another one when that died, and the agents
    that were registered in earlier lives are gone then. Names are registered before a host's first
    process is up, so what has no life yet belongs to the next one that begins.
    """

    def __init__(self, config: SystemConfig) -> None:
        self._config = config
        self._agents: dict[str, Registered] = {}
        self._hosts: dict[str, Any] = {}
        self._pools: dict[str, bytes] = {}
        self._lives: dict[str, str] = {}  # the present life of each host that was up
        self._models: dict[tuple[str, str], tuple[int, Any]] = {}

    def config(self) -> SystemConfig:
        """Give the configuration of the system, for a driver that joins."""
        return self._config

    def add_host(self, host: str, handle: Any) -> None:
        """Add a host that was started."""
        self._hosts[host] = handle

    def remove_host(self, host: str) -> Any:
        """Remove a host and its agents; give its handle, or ``None`` if there is no such host."""
        self.forget(host)
        self._lives.pop(host, None)
        return self._hosts.pop(host, None)

    def handle(self, host: str) -> Any:
        """Give the handle of a host; ``None`` if there is none."""
        return self._hosts.get(host)

    def handles(self) -> list[Any]:
        """Give the handles of all hosts, those of models among them."""
        return [*self._hosts.values(), *(handle for _, handle in self._models.values())]

    def model_host(self, name: str, node_id: str, failed: int) -> tuple[int, Any]:
        """Give the host of a model on a node of the cluster; start it if there is none yet.

        Args:
            failed: the number of the one that the caller found dead; 0 if it found none.

        Returns:
            its number, and its handle.
        """
        number, handle = self._models.get((name, node_id), (0, None))
        if number == failed:
            handle = start_model_host(self._config.namespace, name, node_id)
            number += 1
            self._models[name, node_id] = number, handle
        return number, handle

    def forget(self, host: str) -> None:
        """Remove the agents of a host, because its process ended for good."""
        for name in [name for name, known in self._agents.items() if known.place == host]:
            del self._agents[name]

    def begin_life(self, host: str, life: str) -> None:
        """Note that a process of a host is up, and remove the agents of the host's earlier lives.

        Args:
            life: names this process.
        """
        self._lives[host] = life
        for name, known in list(self._agents.items()):
            if known.place != host:
                continue
            if known.life in ("", life):
                self._agents[name] = known._replace(life=life)
            else:
                del self._agents[name]

    def reserve(self, places: Mapping[str, str], kinds: tuple[str, ...]) -> str:
        """Register agents, all or none.

        Args:
            places: where each lives, by name.
            kinds: of their class.

        Returns:
            a name that is taken; empty if all were registered.
        """
        for name in places:
            if name in self._agents:
                return name
        for name, place in places.items():
            self._agents[name] = Registered(place, kinds, self._lives.get(place, ""))
        return ""

    def register(self, places: Mapping[str, str], kinds: tuple[str, ...]) -> str:
        """Register agents that are at their places already, all or none; again does no harm.

        Args:
            places: where each lives, by name.
            kinds: of their class.

        Returns:
            a name that an agent of another place has; empty if all are registered now.
        """
        for name, place in places.items():
            known = self._agents.get(name)
            if known is not None and known.place != place:
                return name
        for name, place in places.items():
            self._agents[name] = Registered(place, kinds, self._lives.get(place, ""))
        return ""

    def release(self, names: Sequence[str]) -> None:
        """Remove agents that were closed."""
        for name in names:
            self._agents.pop(name, None)
            self._pools.pop(name, None)

    def keep_pool(self, name: str, data: bytes) -> None:
        """Keep what the agents of a pool are made of, for hosts that Ray restarts."""
        self._pools[name] = data

    def pools(self) -> list[bytes]:
        """Return what the agents of each pool are made of."""
        return list(self._pools.values())

    def find(self, name: str) -> tuple[str, str, tuple[str, ...]] | None:
        """Return address, place and kinds of an agent.

        Args:
            name: an address; or the name of an agent object, of which the first one is found.
        """
        same = (each for each in self._agents if name_of(each) == name)
        address = name if name in self._agents else next(same, "")
        known = self._agents.get(address)
        return None if known is None else (address, known.place, known.kinds)

    def agents(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return place and kinds of all agents, by address."""
        return {address: (known.place, known.kinds) for address, known in self._agents.items()}
