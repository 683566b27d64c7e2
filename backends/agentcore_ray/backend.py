"""The Ray backend: what ``connect("ray")`` gives a driver."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import ray
from attrs.validators import ge, instance_of, optional

from agentcore import AgentRef, ConfigError, NameInUseError, SystemClosedError
from agentcore.backend import CoreSettings
from agentcore_ray.places import is_dedicated, new_driver_place
from agentcore_ray.process import RayProcess
from agentcore_ray.spawner import Spawner
from agentcore_ray.system import find_system, new_namespace, start_system
from agentcore_ray.system_config import SystemConfig
from agentcore_thread import ThreadSettings

__all__ = ["RayBackend", "RaySettings"]


@attrs.frozen
class RaySettings:
    """The section ``[ray]``.

    Attributes:
        hosts: how many host processes there are; 0 for one for each CPU of the cluster.
        address: of the cluster; without one, ``RAY_ADDRESS``, or a local cluster that this driver
            starts.
        namespace: names the system in the cluster, so that other drivers can join it; without
            one, only this driver uses the system.
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


class RayBackend(RayProcess):
    """A driver's end of a system on Ray: spawns agents on its hosts, and ends it.

    Args:
        config: of the system.
        directory: Ray's handle of the system's directory.
        threads: settings of the thread backend in this process.
        core: settings of agentcore in this process.
        stays: whether the system goes on when this driver closes the backend.
        owns_ray: whether this backend started Ray, and is to shut it down.
    """

    settings_class: ClassVar[type] = RaySettings

    def __init__(
        self,
        config: SystemConfig,
        directory: Any,
        threads: ThreadSettings,
        core: CoreSettings,
        *,
        stays: bool,
        owns_ray: bool,
    ) -> None:
        super().__init__(config.system, new_driver_place(config.relay), directory, threads, core)
        self._stays = stays
        self._owns_ray = owns_ray
        self._spawner = Spawner(config, self.directory, self.pool, self.close_agent)
        self.connect(config.relay)  # a process that cannot call this driver leaves frames there

    @classmethod
    def create(cls, settings: RaySettings, core: CoreSettings) -> RayBackend:
        """Start the system, or join it if its namespace has one.

        Raises:
            ConfigError: a detached system has no namespace.
        """
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
        threads = ThreadSettings(settings.workers, settings.max_workers, strict=True)
        directory = find_system(settings.namespace) if settings.namespace else None
        stays = settings.detached or directory is not None
        if directory is None:
            namespace = settings.namespace or new_namespace()
            directory = start_system(
                namespace, settings.hosts, threads, core, detached=settings.detached
            )
        config = ray.get(directory.config.remote())
        return cls(config, directory, threads, core, stays=stays, owns_ray=owns_ray)

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct agents on hosts, in one round trip: see `Spawner.spawn`."""
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise NameInUseError(f"the name {twice!r} was given twice", agent=twice)
        return self._spawner.spawn(cls, names, args, kwargs, placement)

    def spawn_pool(
        self, cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> AgentRef:
        """Let the shared hosts make agents of a pool."""
        return self._spawner.pool(cls, name, args, kwargs)

    def close_agent(self, ref: AgentRef) -> None:
        """End an agent, and its host if no other agent lives there.

        Raises:
            AgentNotFoundError: it is an object of another driver, or is gone.
            AgentDiedError: its host is gone.
        """
        super().close_agent(ref)
        if is_dedicated(ref.place):
            self.directory.end_host(ref.place)

    def close(self) -> None:
        """Leave the system; end it too, unless it is detached or was joined."""
        if self._closed:
            return
        if self._stays:
            self._leave()
        else:
            self.end()

    def _leave(self) -> None:
        if ray.is_initialized():
            borrowed = self.runtime.borrowed()
            with contextlib.suppress(SystemClosedError):
                self.directory.ask("release", tuple(borrowed))
        super().close()
        if self._owns_ray:
            ray.shutdown()

    def end(self) -> None:
        """End the processes of the system, also if it would outlive this driver."""
        self._closed = True
        if ray.is_initialized():
            with contextlib.suppress(SystemClosedError):
                for handle in self.directory.ask("handles"):
                    ray.kill(handle)
            ray.kill(self.directory.actor)
        super().close()
        if self._owns_ray:
            ray.shutdown()
