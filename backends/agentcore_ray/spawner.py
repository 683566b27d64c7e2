"""Spawning agents on hosts, from a driver."""

from __future__ import annotations

import contextlib
import itertools
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ray
from ray.exceptions import RayError

from agentcore import AgentCoreError, AgentRef, ConfigError, SpawnError
from agentcore.backend import kinds_of, name_in_use
from agentcore_ray.host import AgentHost, Unreadable
from agentcore_ray.wire import cloudpickle

if TYPE_CHECKING:
    from agentcore_ray.backend import RayBackend

__all__ = ["Spawner", "make_host"]

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
# Threads of a host. Each process that converses with its agents holds one poll open.
GROUPS = {"exchange": 16, "poll": 128, "control": 4}


def make_host(facts: Mapping[str, Any], host: str, options: Mapping[str, Any]) -> Any:
    """Make a host process, and give its handle at once."""
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


class Spawner:
    """Spawns agents: on shared hosts in turn, or on a host of their own."""

    def __init__(self, node: RayBackend, facts: Mapping[str, Any]) -> None:
        self._node = node
        self._facts = facts
        self._hosts = itertools.cycle(facts["hosts"])

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct agents, all or none."""
        unknown = sorted(set(placement) - set(PLACEMENT))
        if unknown:
            raise ConfigError(
                f"placement has no option {unknown[0]!r}; it has {', '.join(PLACEMENT)}"
            )
        options = {key: value for key, value in placement.items() if key != "dedicated"}
        if not options and not placement.get("dedicated"):
            return self._construct(cls, args, kwargs, {name: next(self._hosts) for name in names})
        made = []
        try:
            for name in names:
                made.append(self._alone(cls, name, args, kwargs, options))
        except BaseException:
            for ref in made:
                self._node.close_agent(ref)
            raise
        return tuple(made)

    def _alone(
        self,
        cls: type,
        name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> AgentRef:
        node = self._node
        host = f"d-{uuid.uuid4().hex[:8]}"
        handle = make_host(self._facts, host, {"max_restarts": 0, "num_cpus": 0, **options})
        node.ask_directory("add_host", host, handle)
        try:
            return self._construct(cls, args, kwargs, {name: host})[0]
        except BaseException:
            node.end_host(host)
            raise

    def _construct(
        self, cls: type, args: Sequence[Any], kwargs: Mapping[str, Any], places: dict[str, str]
    ) -> tuple[AgentRef, ...]:
        """Register the names and construct the agents at the same time: it takes one round trip.

        Whatever fails, the rest is undone.
        """
        node, kinds = self._node, kinds_of(cls)
        by_host: dict[str, list[str]] = {}
        for name, host in places.items():
            by_host.setdefault(host, []).append(name)
        data = _pickled(cls, args, kwargs, by_value=False)
        handles = {host: node.handle(host) for host in by_host}
        reserved = node.directory.reserve.remote(places, kinds)
        with node.pool.away():
            taken, failures = self._try(by_host, handles, data, reserved)
            unreadable = {h: by_host[h] for h, f in failures.items() if type(f) is Unreadable}
            if unreadable and not taken:
                # The module is not installed there, as with a script or a test: send its code.
                again = _pickled(cls, args, kwargs, by_value=True)
                failures |= self._try(unreadable, handles, again)[1]
        failure = next((each for each in failures.values() if each is not None), None)
        if taken or failure is not None:
            done = [name for h, names in by_host.items() if failures[h] is None for name in names]
            self._undo(done, places, release=not taken)
            raise name_in_use(taken) if taken else _spawn_error(failure, cls, next(iter(places)))
        system = node.runtime.system
        return tuple(AgentRef(name, system, host, kinds) for name, host in places.items())

    def _try(
        self,
        by_host: Mapping[str, Sequence[str]],
        handles: Mapping[str, Any],
        data: bytes,
        reserved: Any = None,
    ) -> tuple[str, dict[str, Any]]:
        """Construct on each host; give the name that is taken, and what failed by host."""
        calls = {host: handles[host].spawn.remote(names, data) for host, names in by_host.items()}
        failures: dict[str, Any] = {}
        if reserved is not None:
            with contextlib.suppress(RayError):  # in one wait, where nothing goes wrong
                taken, *results = ray.get([reserved, *calls.values()])
                return taken, dict(zip(calls, results, strict=True))
        for host, call in calls.items():
            try:
                failures[host] = ray.get(call)
            except RayError as error:
                failures[host] = SpawnError(f"host {host} is gone, or never came up: {error}")
        return "" if reserved is None else ray.get(reserved), failures

    def _undo(self, done: Sequence[str], places: Mapping[str, str], release: bool) -> None:
        for name in done:
            with contextlib.suppress(AgentCoreError, RayError):
                ray.get(self._node.handle(places[name]).close_agent.remote(name))
        if release:
            self._node.ask_directory("release", tuple(places))


def _pickled(cls: type, args: Any, kwargs: Any, by_value: bool) -> bytes:
    """Pickle what an agent is made of, with the code of its module if that is wanted.

    Raises:
        SpawnError: it cannot be pickled.
    """
    module = sys.modules.get(cls.__module__) if by_value else None
    if module is not None and cls.__module__ != "__main__":
        cloudpickle.register_pickle_by_value(module)
    else:
        module = None
    try:
        data: bytes = cloudpickle.dumps((cls, tuple(args), dict(kwargs)))
        return data
    except Exception as error:
        raise SpawnError(
            f"{cls.__name__} and what it is constructed with must pickle, to be taken to a host: "
            f"{error}",
        ) from error
    finally:
        if module is not None:
            cloudpickle.unregister_pickle_by_value(module)


def _spawn_error(failure: Any, cls: type, name: str) -> Exception:
    if isinstance(failure, Unreadable):
        return SpawnError(
            f"{cls.__name__} could not be read on its host: {failure}; is its module installed "
            "on every node (runtime_env)?",
            agent=name,
        )
    error: Exception = failure
    return error
