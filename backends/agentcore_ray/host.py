"""A host: one process of the Ray backend, holding many agents."""

from __future__ import annotations

import os
from collections.abc import Sequence

import ray

from agentcore import AgentCoreError
from agentcore.backend import CoreSettings
from agentcore_ray.directory import DIRECTORY
from agentcore_ray.node import RayNode, portable
from agentcore_ray.wire import cloudpickle, pack, unpack
from agentcore_thread import ThreadSettings

__all__ = ["AgentHost", "Unreadable"]


class Unreadable(Exception):
    """A class could not be imported here; it may still come by value."""


class AgentHost:
    """A Ray actor. Its methods run in groups, so that none of them keeps another waiting."""

    def __init__(
        self, system: str, place: str, namespace: str, threads: ThreadSettings, core: CoreSettings
    ) -> None:
        # By its name: a handle among the arguments would not outlive the process that made it.
        directory = ray.get_actor(DIRECTORY, namespace=namespace)
        self._node = RayNode(system, place, directory, threads, core)
        # After a restart the agents that lived here are gone.
        ray.get(directory.forget.remote(place))

    @ray.method(concurrency_group="exchange")
    def exchange(self, data: bytes) -> bytes:
        """Take what a client brings; give what there is for it within a moment."""
        node = self._node
        client, parcels = unpack(data)
        return pack(node.place, node.client(client).exchange(lambda: node.receive(parcels)))

    @ray.method(concurrency_group="poll")
    def poll(self, client: str) -> tuple[bytes, bool]:
        """Give what there is for a client; wait a while for it."""
        node = self._node
        parcels, held_up = node.client(client).poll()
        return pack(node.place, parcels), held_up

    @ray.method(concurrency_group="control")
    def spawn(self, names: Sequence[str], data: bytes) -> AgentCoreError | Unreadable | None:
        """Construct agents; give the error if that failed."""
        try:
            cls, args, kwargs = cloudpickle.loads(data)
        except Exception as error:
            return Unreadable(f"{type(error).__name__}: {error}")
        try:
            self._node.runtime.spawn_here(cls, names, args, kwargs)
        except BaseException as error:
            return portable(error)
        return None

    @ray.method(concurrency_group="control")
    def close_agent(self, name: str) -> AgentCoreError | None:
        """End an agent; give the error if that failed."""
        try:
            self._node.runtime.close_here(name)
        except AgentCoreError as error:
            return error
        return None

    @ray.method(concurrency_group="control")
    def pid(self) -> int:
        """Give the id of this process; answers when the host is up."""
        return os.getpid()
