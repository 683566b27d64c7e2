"""The Ray backend, as a driver has it."""

from __future__ import annotations

import contextlib
import logging
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import ray
from attrs.validators import ge, instance_of, optional

from agentcore import (
    AgentCoreError,
    AgentRef,
    ConfigError,
    NameInUseError,
    SpawnError,
)
from agentcore.backend import CoreSettings, kinds_of
from agentcore_ray._directory import DIRECTORY, Directory
from agentcore_ray._host import AgentHost, Unreadable
from agentcore_ray._node import RayNode
from agentcore_ray._wire import cloudpickle
from agentcore_thread import ThreadSettings

__all__ = ["RayBackend", "RaySettings"]

PLACEMENT = (
    "dedicated",
    "lifetime",
    "memory",
    "num_cpus",
    "num_gpus",
    "resources",
    "runtime_env",
    "scheduling_strategy",
)
GROUPS = {"exchange": 32, "poll": 256, "control": 8}


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
        backend._dedicated = {}
        backend._link(facts["relay"])  # whoever cannot call this driver leaves mail there
        return backend

    _namespace: str
    _stays: bool
    _owns_ray: bool
    _dedicated: dict[str, str]

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct agents on hosts: one call to the directory, one to each host."""
        kinds = kinds_of(cls)
        if placement.get("dedicated") or set(placement) - {"dedicated"}:
            return tuple(self._spawn_alone(cls, name, args, kwargs, placement) for name in names)
        places = self._reserve(names, kinds)
        by_host: dict[str, list[str]] = {}
        for name, place in zip(names, places, strict=True):
            by_host.setdefault(place, []).append(name)
        self._construct(cls, args, kwargs, by_host, names)
        system = self.runtime.system
        return tuple(
            AgentRef(name, system, place, kinds) for name, place in zip(names, places, strict=True)
        )

    def _reserve(self, names: Sequence[str], kinds: tuple[str, ...], place: str = "") -> list[str]:
        taken, places = self.ask_directory("reserve", tuple(names), kinds, place)
        if taken:
            raise NameInUseError(
                f"the name {taken!r} is taken in this system; close that agent first, "
                "or choose another",
                agent=taken,
            )
        return list(places)

    def _construct(
        self,
        cls: type,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        by_host: Mapping[str, Sequence[str]],
        names: Sequence[str],
    ) -> None:
        try:
            failures = self._try(by_host, pickled(cls, args, kwargs, by_value=False))
            if any(isinstance(failure, Unreadable) for failure in failures.values()):
                # The module is not installed there, as with a script or a test: send its code.
                again = {
                    host: by_host[host]
                    for host, failure in failures.items()
                    if isinstance(failure, Unreadable)
                }
                failures |= self._try(again, pickled(cls, args, kwargs, by_value=True))
            failed = next((f for f in failures.values() if f is not None), None)
            if failed is not None:
                self._undo([h for h, f in failures.items() if f is None], by_host)
                raise _spawn_error(failed, cls, names[0])
        except BaseException:
            self.ask_directory("release", tuple(names))
            raise

    def _try(self, by_host: Mapping[str, Sequence[str]], data: bytes) -> dict[str, Any]:
        calls = {host: self.handle(host).spawn.remote(n, data) for host, n in by_host.items()}
        results: dict[str, Any] = {}
        with self.pool.away():
            for host, call in calls.items():
                try:
                    results[host] = ray.get(call)
                except ray.exceptions.RayError as error:
                    results[host] = SpawnError(f"host {host} is gone: {error}")
        return results

    def _undo(self, hosts: Sequence[str], by_host: Mapping[str, Sequence[str]]) -> None:
        for host in hosts:
            for name in by_host[host]:
                with contextlib.suppress(AgentCoreError, ray.exceptions.RayError):
                    ray.get(self.handle(host).close_agent.remote(name))

    # --- agents with a host of their own --------------------------------------------------------

    def _spawn_alone(
        self,
        cls: type,
        name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> AgentRef:
        unknown = sorted(set(placement) - set(PLACEMENT))
        if unknown:
            raise ConfigError(
                f"placement has no option {unknown[0]!r}; it has {', '.join(PLACEMENT)}"
            )
        options = {key: value for key, value in placement.items() if key != "dedicated"}
        host = f"d-{uuid.uuid4().hex[:8]}"
        kinds = kinds_of(cls)
        self._reserve((name,), kinds, host)
        facts = self.ask_directory("facts")
        handle = make_host(facts, host, {"max_restarts": 0, **options})
        self.ask_directory("add_host", host, handle, False)
        self._handles[host] = handle
        try:
            self._construct(cls, args, kwargs, {host: (name,)}, (name,))
        except BaseException:
            self._end_host(host)
            raise
        self._dedicated[name] = host
        return AgentRef(name, self.runtime.system, host, kinds)

    def _end_host(self, host: str) -> None:
        handle = self.ask_directory("remove_host", host)
        if handle is not None:
            ray.kill(handle)

    def close_agent(self, ref: AgentRef) -> None:
        """End an agent, and its host if that is its own."""
        super().close_agent(ref)
        if self._dedicated.pop(ref.name, None) is not None:
            self._end_host(ref.place)

    # --- end ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave the system; end it, if it is this driver's own."""
        if self._node_closed:
            return
        if not self._stays and ray.is_initialized():
            self.end()
        super().close()
        if self._owns_ray:
            ray.shutdown()

    def end(self) -> None:
        """End the system's processes, also of one that would outlive this driver."""
        self._node_closed = True
        with contextlib.suppress(ray.exceptions.RayError):
            for handle in self.ask_directory("handles"):
                ray.kill(handle)
        ray.kill(self.directory)


def _make_system(
    settings: RaySettings,
    core: CoreSettings,
    system: str,
    namespace: str,
    threads: ThreadSettings,
) -> Any:
    count = settings.hosts or max(1, int(_cluster().get("CPU", 1)))
    lifetime = {"lifetime": "detached"} if settings.detached else {}
    facts = {
        "relay": "h0",
        "system": system,
        "namespace": namespace,
        "threads": threads,
        "core": core,
        "lifetime": lifetime,
    }
    remote: Any = ray.remote
    directory = (
        remote(Directory)
        .options(name=DIRECTORY, namespace=namespace, num_cpus=0, max_concurrency=16, **lifetime)
        .remote(facts)
    )
    hosts = {f"h{index}": None for index in range(count)}
    handles = {
        host: make_host(
            facts, host,
            {"max_restarts": -1, "scheduling_strategy": "SPREAD", "num_cpus": 0},
        )
        for host in hosts
    }  # fmt: skip
    ray.get([directory.add_host.remote(host, handle, True) for host, handle in handles.items()])
    ray.get([handle.pid.remote() for handle in handles.values()])
    return directory


def _cluster() -> dict[str, float]:
    resources: Any = ray.cluster_resources
    return dict(resources())


def make_host(facts: Mapping[str, Any], host: str, options: dict[str, Any]) -> Any:
    """Make a host process."""
    remote: Any = ray.remote
    return (
        remote(concurrency_groups=GROUPS)(AgentHost)
        .options(
            name=f"agentcore-host-{host}",
            namespace=facts["namespace"],
            **{**facts["lifetime"], **options},
        )
        .remote(facts["system"], host, facts["namespace"], facts["threads"], facts["core"])
    )


def pickled(cls: type, args: Any, kwargs: Any, by_value: bool) -> bytes:
    """Pickle what an agent is made of, with the code of its module if that is wanted.

    Raises:
        SpawnError: it cannot be pickled.
    """
    module = sys.modules.get(cls.__module__)
    if by_value and module is not None and cls.__module__ != "__main__":
        cloudpickle.register_pickle_by_value(module)
    try:
        data: bytes = cloudpickle.dumps((cls, tuple(args), dict(kwargs)))
        return data
    except Exception as error:
        raise SpawnError(
            f"{cls.__name__} and what it is constructed with must pickle, to be taken to a host: "
            f"{error}",
        ) from error
    finally:
        if by_value and module is not None and cls.__module__ != "__main__":
            cloudpickle.unregister_pickle_by_value(module)


def _spawn_error(failed: Any, cls: type, name: str) -> Exception:
    if isinstance(failed, Unreadable):
        return SpawnError(
            f"{cls.__name__} could not be read on its host: {failed}; is its module installed on "
            "every node (runtime_env)?",
            agent=name,
        )
    error: Exception = failed
    return error
