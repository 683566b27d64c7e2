"""A host: a process of the system that holds many agents, and that others call."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import ray

from agentcore import AgentCoreError
from agentcore.backend import Node, words_of
from agentcore_ray.codec import cloudpickle
from agentcore_ray.directory import DIRECTORY
from agentcore_ray.frame import pack, unpack
from agentcore_ray.process import RayProcess
from agentcore_ray.system_config import SystemConfig

__all__ = ["AgentHost", "UnreadableClassError", "start_host"]

# Threads of a host for each kind of call. Each process that converses with its agents holds one
# poll open.
THREADS = {"exchange": 16, "poll": 128, "control": 4}


class UnreadableClassError(Exception):
    """A host could not import an agent's class; the code of the class may still be sent."""


class AgentHost:
    """A Ray actor. Its methods run in groups of threads, so that no kind of call delays another.

    Args:
        config: of the system.
        place: of this host.
    """

    def __init__(self, config: SystemConfig, place: str) -> None:
        # The host finds the directory by its name, because a handle among the arguments would not
        # outlive the process that made it.
        directory: Any = ray.get_actor(DIRECTORY, namespace=config.namespace)
        self._process = RayProcess(config.system, place, directory, config.threads, config.core)
        # Ray may have restarted this process: the agents that lived in the old one are gone. The
        # names of those that are to live in this one may be registered already.
        self._life = uuid.uuid4().hex
        ray.get(directory.begin_life.remote(place, self._life))
        pools: list[bytes] = ray.get(directory.pools.remote())
        for data in pools:
            _add_pool(self._process.runtime, data)

    @ray.method(concurrency_group="exchange")
    def exchange(self, data: bytes) -> bytes:
        """Take the frames of a client; give the replies that are quick."""
        process = self._process
        client, frames = unpack(data)
        return pack(process.place, process.client(client).exchange(lambda: process.receive(frames)))

    @ray.method(concurrency_group="poll")
    def poll(self, client: str) -> tuple[bytes, bool]:
        """Give the frames for a client, and whether a turn holds up its exchange; may wait."""
        process = self._process
        frames, held_up = process.client(client).poll()
        return pack(process.place, frames), held_up

    @ray.method(concurrency_group="control")
    def spawn(
        self, names: Sequence[str], data: bytes
    ) -> AgentCoreError | UnreadableClassError | str:
        """Construct agents, all or none; return the life of this host, or what went wrong."""
        try:
            cls, args, kwargs = cloudpickle.loads(data)
        except BaseException as error:  # Ray would take the SystemExit of a module for the host's
            return UnreadableClassError(words_of(error))
        try:
            self._process.runtime.spawn_here(cls, names, args, kwargs)
        except BaseException as error:
            return _portable(error)
        return self._life

    @ray.method(concurrency_group="control")
    def add_pool(self, data: bytes) -> AgentCoreError | UnreadableClassError | None:
        """Let this host make agents of a pool; give the error if that failed."""
        return _add_pool(self._process.runtime, data)

    @ray.method(concurrency_group="control")
    def close_agent(self, name: str) -> AgentCoreError | None:
        """End an agent; give the error if that failed."""
        try:
            self._process.runtime.close_here(name)
        except AgentCoreError as error:
            return error
        return None

    @ray.method(concurrency_group="control", max_task_retries=-1)
    def pid(self) -> int:
        """Give the id of this process; the answer shows that the host is up, or up again."""
        return os.getpid()


def _add_pool(runtime: Node, data: bytes) -> AgentCoreError | UnreadableClassError | None:
    try:
        pool = cloudpickle.loads(data)
    except BaseException as error:  # as in `AgentHost.spawn`
        return UnreadableClassError(words_of(error))
    try:
        runtime.add_pool(*pool)
    except AgentCoreError as error:
        return error
    return None


def _portable(error: BaseException) -> AgentCoreError:
    """Give an error as one that any process of the system can unpickle."""
    if isinstance(error, AgentCoreError):
        return error
    return AgentCoreError(words_of(error))


def start_host(config: SystemConfig, place: str, options: Mapping[str, Any]) -> Any:
    """Start a host process, and give Ray's handle of it at once.

    Args:
        config: of the system.
        place: of the host.
        options: Ray's actor options, over those that all processes of the system have.
    """
    remote: Any = ray.remote
    return (
        remote(concurrency_groups=THREADS)(AgentHost)
        .options(
            name=f"agentcore-host-{place}",
            namespace=config.namespace,
            **{**config.lifetime, **options},
        )
        .remote(config, place)
    )
