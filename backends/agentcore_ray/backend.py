"""The Ray backend, as a driver has it."""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import ray
from attrs.validators import ge, instance_of, optional

from agentcore import AgentRef, ConfigError, NameInUseError
from agentcore.backend import CoreSettings
from agentcore_ray.directory import DIRECTORY, Directory
from agentcore_ray.node import RayNode
from agentcore_ray.spawner import Spawner, make_host
from agentcore_thread import ThreadSettings

__all__ = ["RayBackend", "RaySettings"]


@attrs.frozen
class RaySettings:
    """The section ``[ray]``.

    Attributes:
        hosts: host processes; 0 for one for each CPU of the cluster.
        address: of the cluster; without one, ``RAY_ADDRESS``, or a local cluster of our own.
        namespace: names the system in the cluster, so that other drivers can join it; without
            one it is this driver's own.
        detached: whether the system outlives this driver; needs a namespace.
        workers: of each host, as in ``[thread]``.
        max_workers: of each host, as in ``[thread]``.
    """

    hosts: int = attrs.field(default=0, validator=[instance_of(int), ge(0)])
    address: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    namespace: str = attrs.field(default="", validator=instance_of(str))
    detached: bool = attrs.field(default=False, validator=instance_of(bool))
    workers: int = attrs.field(default=1, validator=[instance_of(int), ge(1)])
    max_workers: int = attrs.field(default=256, validator=[instance_of(int), ge(1)])


class RayBackend(RayNode):
    """A driver's end of a system on Ray: makes or joins it, and spawns agents on its hosts."""

    settings_class: ClassVar[type] = RaySettings

    @classmethod
    def create(cls, settings: RaySettings, core: CoreSettings) -> RayBackend:
        """Make the system, or join it if its namespace has one."""
        if settings.detached and not settings.namespace:
            raise ConfigError("a detached system needs a namespace=, to be found again")
        owns_ray = not ray.is_initialized()
        if owns_ray:
            ray.init(
                address=settings.address, include_dashboard=False, logging_level=logging.WARNING
            )
        try:
            return cls._open(settings, core, owns_ray)
        except BaseException:
            if owns_ray:
                ray.shutdown()
            raise

    @classmethod
    def _open(cls, settings: RaySettings, core: CoreSettings, owns_ray: bool) -> RayBackend:
        namespace = settings.namespace or f"agentcore-{uuid.uuid4().hex[:12]}"
        system = f"ray:{namespace}"
        threads = ThreadSettings(settings.workers, settings.max_workers, strict=True)
        directory = None
        if settings.namespace:
            with contextlib.suppress(ValueError):
                directory = ray.get_actor(DIRECTORY, namespace=namespace)
        joined = directory is not None
        if directory is None:
            directory = _make_system(settings, core, system, namespace, threads)
        facts = ray.get(directory.facts.remote())
        place = f"driver-{uuid.uuid4().hex[:8]}@{facts['relay']}"
        backend = cls(system, place, directory, threads, core)
        backend._namespace = namespace
        backend._stays = joined or settings.detached
        backend._owns_ray = owns_ray
        backend._spawner = Spawner(backend, facts)
        backend._link(facts["relay"])  # whoever cannot call this driver leaves mail there
        return backend

    _namespace: str
    _stays: bool
    _owns_ray: bool
    _spawner: Spawner

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct agents on hosts, in one round trip.

        Args:
            placement: ``dedicated=True``, or any of Ray's actor options, for a host of its own.
        """
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise NameInUseError(f"the name {twice!r} was given twice", agent=twice)
        return self._spawner.spawn(cls, names, args, kwargs, placement)

    def close_agent(self, ref: AgentRef) -> None:
        """End an agent, and its host if that is its own."""
        super().close_agent(ref)
        if ref.place.startswith("d-"):
            self.end_host(ref.place)

    def end_host(self, host: str) -> None:
        """End a host process."""
        handle = self.ask_directory("remove_host", host)
        if handle is not None:
            ray.kill(handle)

    # --- end ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave the system; end it, if it is this driver's own."""
        if self._node_closed:
            return
        if self._stays:
            self._leave()
        else:
            self.end()

    def _leave(self) -> None:
        if ray.is_initialized():
            borrowed = self.runtime.borrowed()
            with contextlib.suppress(ray.exceptions.RayError):
                self.ask_directory("release", tuple(borrowed))
        super().close()
        if self._owns_ray:
            ray.shutdown()

    def end(self) -> None:
        """End the system's processes, also of one that would outlive this driver."""
        self._node_closed = True
        if ray.is_initialized():
            with contextlib.suppress(ray.exceptions.RayError):
                for handle in self.ask_directory("handles"):
                    ray.kill(handle)
            ray.kill(self.directory)
        super().close()
        if self._owns_ray:
            ray.shutdown()


def _make_system(
    settings: RaySettings,
    core: CoreSettings,
    system: str,
    namespace: str,
    threads: ThreadSettings,
) -> Any:
    count = settings.hosts or max(1, int(_cluster().get("CPU", 1)))
    lifetime = {"lifetime": "detached"} if settings.detached else {}
    facts: dict[str, Any] = {
        "relay": "h0",
        "hosts": [f"h{index}" for index in range(count)],
        "system": system,
        "namespace": namespace,
        "threads": threads,
        "core": core,
        "lifetime": lifetime,
    }
    remote: Any = ray.remote
    directory = (
        remote(Directory)
        .options(name=DIRECTORY, namespace=namespace, num_cpus=0, **lifetime)
        .remote(facts)
    )
    options = {"max_restarts": -1, "scheduling_strategy": "SPREAD", "num_cpus": 0}
    handles = {host: make_host(facts, host, options) for host in facts["hosts"]}
    ray.get([directory.add_host.remote(host, handle) for host, handle in handles.items()])
    ray.get([handle.pid.remote() for handle in handles.values()])
    return directory


def _cluster() -> dict[str, float]:
    resources: Any = ray.cluster_resources
    return dict(resources())
