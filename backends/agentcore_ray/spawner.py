"""Spawning agents on hosts, from a driver."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from agentcore import AgentCoreError, AgentRef, ConfigError, SpawnError
from agentcore.backend import kinds_of, name_in_use, pool_place
from agentcore_ray.codec import cloudpickle
from agentcore_ray.directory_client import DirectoryClient
from agentcore_ray.host import UnreadableClassError, start_host
from agentcore_ray.places import is_dedicated, new_dedicated_place
from agentcore_ray.system_config import SystemConfig
from agentcore_thread import Pool

__all__ = ["Spawner"]

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


class Spawner:
    """Constructs agents on the shared hosts in turn, or each on a host of its own.

    Args:
        config: of the system.
        directory: where names and hosts are registered.
        pool: whose workers spawn; another worker takes the place of one that waits.
        close_agent: ends an agent and its dedicated host.
    """

    def __init__(
        self,
        config: SystemConfig,
        directory: DirectoryClient,
        pool: Pool,
        close_agent: Callable[[AgentRef], None],
    ) -> None:
        self._config = config
        self._directory = directory
        self._pool = pool
        self._close_agent = close_agent
        self._hosts = itertools.cycle(config.hosts)
        self._lives: dict[str, str] = {}  # of each host, as its latest spawn said

    def spawn(
        self,
        cls: type,
        names: Sequence[str],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        placement: Mapping[str, Any],
    ) -> tuple[AgentRef, ...]:
        """Construct ``cls(name, *args, **kwargs)`` for each name, all or none.

        Args:
            placement: ``dedicated=True``, or any of Ray's actor options, for a host of its own.

        Raises:
            ConfigError: ``placement`` has an unknown option.
            NameInUseError: a name is taken.
            SpawnError: a constructor raised, something cannot be pickled, or a host is gone.
        """
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
                made.append(self._construct_alone(cls, name, args, kwargs, options))
        except BaseException:
            for ref in made:
                self._close_agent(ref)
            raise
        return tuple(made)

    def pool(
        self, cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> AgentRef:
        """Let each shared host make agents of a pool.

        Raises:
            NameInUseError: the name is taken.
            SpawnError: something cannot be pickled, or be read on a host.
        """
        hosts = self._config.hosts
        ref = AgentRef(name, self._config.system, pool_place(hosts), kinds_of(cls))
        data = _pickled((ref, cls, tuple(args), dict(kwargs)), cls, by_value=False)
        if self._directory.reserve({name: ref.place}, ref.kinds):
            raise name_in_use(name)
        failure = self._add_pool(data)
        if type(failure) is UnreadableClassError:
            data = _pickled((ref, cls, tuple(args), dict(kwargs)), cls, by_value=True)
            failure = self._add_pool(data)
        if failure is not None:
            self._close_agent(ref)
            raise _spawn_error(failure, cls, name)
        self._directory.ask("keep_pool", name, data)
        return ref

    def _add_pool(self, data: bytes) -> Any:
        handles = [self._directory.handle(host) for host in self._config.hosts]
        with self._pool.away():
            calls = [handle.add_pool.remote(data) for handle in handles]
            try:
                failures = ray.get(calls)
            except RayError as error:
                return SpawnError(f"a host of the pool is gone, or never came up: {error}")
        return next((each for each in failures if each is not None), None)

    def _construct_alone(
        self,
        cls: type,
        name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> AgentRef:
        host = new_dedicated_place()
        handle = start_host(self._config, host, {"max_restarts": 0, "num_cpus": 0, **options})
        self._directory.ask("add_host", host, handle)
        try:
            return self._construct(cls, args, kwargs, {name: host})[0]
        except BaseException:
            self._directory.end_host(host)
            raise

    def _construct(
        self, cls: type, args: Sequence[Any], kwargs: Mapping[str, Any], places: dict[str, str]
    ) -> tuple[AgentRef, ...]:
        """Construct agents at places, by name, and undo the rest if anything fails.

        The names are registered at the same time as the agents are constructed, so that this
        takes one round trip.
        """
        kinds = kinds_of(cls)
        by_host: dict[str, list[str]] = {}
        for name, host in places.items():
            by_host.setdefault(host, []).append(name)
        data = _pickled((cls, tuple(args), dict(kwargs)), cls, by_value=False)
        handles = {host: self._directory.handle(host) for host in by_host}
        reserved = self._directory.actor.reserve.remote(places, kinds)
        with self._pool.away():
            taken, outcomes = self._try(by_host, handles, data, reserved)
            taken = self._directory.reserve_after(taken, places, kinds)
            unreadable = {
                h: by_host[h] for h, o in outcomes.items() if type(o) is UnreadableClassError
            }
            if unreadable and not taken:
                # The module is not installed there, as that of a script or a test: send its code.
                again = _pickled((cls, tuple(args), dict(kwargs)), cls, by_value=True)
                outcomes |= self._try(unreadable, handles, again)[1]
        failure = next((each for each in outcomes.values() if type(each) is not str), None)
        if not taken and failure is None:
            taken = self._confirm(places, kinds, outcomes)
        if taken or failure is not None:
            done = [n for h, names in by_host.items() if type(outcomes[h]) is str for n in names]
            self._undo(done, places, release=not taken)
            raise name_in_use(taken) if taken else _spawn_error(failure, cls, next(iter(places)))
        system = self._config.system
        return tuple(AgentRef(name, system, host, kinds) for name, host in places.items())

    def _confirm(
        self, places: Mapping[str, str], kinds: tuple[str, ...], lives: Mapping[str, str]
    ) -> str:
        """Register the agents again if a host may have begun a life after it was reserved for them.

        What was reserved before a life began belongs to an earlier one, and is gone with that.

        Args:
            lives: in which the agents were constructed, by host.
        """
        if all(self._lives.get(host) == life for host, life in lives.items()):
            return ""
        self._lives |= {host: life for host, life in lives.items() if not is_dedicated(host)}
        taken: str = self._directory.ask("register", places, kinds)
        return taken

    def _try(
        self,
        by_host: Mapping[str, Sequence[str]],
        handles: Mapping[str, Any],
        data: bytes,
        reserved: Any = None,
    ) -> tuple[str, dict[str, Any]]:
        """Construct on each host.

        Returns:
            the name that is taken, if any; and for each host the life in which the agents were
            constructed, or the error.
        """
        calls = {host: handles[host].spawn.remote(names, data) for host, names in by_host.items()}
        outcomes: dict[str, Any] = {}
        if reserved is not None:
            with contextlib.suppress(RayError):  # one wait for all, if no host is gone
                taken, *results = ray.get([reserved, *calls.values()])
                return taken, dict(zip(calls, results, strict=True))
        for host, call in calls.items():
            try:
                outcomes[host] = ray.get(call)
            except RayError as error:
                outcomes[host] = SpawnError(f"host {host} is gone, or never came up: {error}")
        return "" if reserved is None else self._directory.wait_for(reserved), outcomes

    def _undo(self, done: Sequence[str], places: Mapping[str, str], release: bool) -> None:
        for name in done:
            with contextlib.suppress(AgentCoreError, RayError):
                ray.get(self._directory.handle(places[name]).close_agent.remote(name))
        if release:
            self._directory.ask("release", tuple(places))


def _pickled(made_of: Any, cls: type, by_value: bool) -> bytes:
    """Pickle what an agent is constructed from.

    Args:
        cls: the class in it.
        by_value: whether to pickle the code of the class's module too.

    Raises:
        SpawnError: it cannot be pickled.
    """
    module = sys.modules.get(cls.__module__) if by_value else None
    if module is not None and cls.__module__ != "__main__":
        cloudpickle.register_pickle_by_value(module)
    else:
        module = None
    try:
        data: bytes = cloudpickle.dumps(made_of)
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
    if isinstance(failure, UnreadableClassError):
        return SpawnError(
            f"{cls.__name__} could not be read on its host: {failure}; is its module installed "
            "on every node (runtime_env)?",
            agent=name,
        )
    error: Exception = failure
    return error
