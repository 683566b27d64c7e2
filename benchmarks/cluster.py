"""A Ray cluster of our own, with a system on it, in the process that drives a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ray

from agentcore import AgentRef, AgentSystem, connect
from benchmarks.agents import Ping
from benchmarks.pairing import alternate

ENDLESS = -1


@contextmanager
def system_on_ray(hosts: int = 2) -> Iterator[AgentSystem]:
    """Begin a local cluster and a system on it; end both."""
    ray.init(address="local", include_dashboard=False, logging_level="error", log_to_driver=False)
    try:
        with connect("ray", hosts=hosts) as system:
            yield system
    finally:
        ray.shutdown()


def spawn_by_host(system: AgentSystem, prefix: str, each: int) -> list[list[AgentRef]]:
    """Spawn agents, ``each`` on each of two hosts; give them by host."""
    names = [f"{prefix}-{index}" for index in range(2 * each)]
    places: dict[str, list[AgentRef]] = {}
    for ref in system.spawn_many(Ping, names, max_consecutive_auto_reply=ENDLESS):
        places.setdefault(ref.place, []).append(ref)
    assert [len(refs) for refs in places.values()] == [each, each], places
    return list(places.values())


@contextmanager
def quiet(agents: Sequence[AgentRef], actors: Sequence[Any]) -> Iterator[None]:
    """Collect the garbage of all the processes, and let them not do it meanwhile."""
    _set_collecting(agents, actors, False)
    try:
        yield
    finally:
        _set_collecting(agents, actors, True)


def _set_collecting(agents: Sequence[AgentRef], actors: Sequence[Any], enabled: bool) -> None:
    for agent in agents:
        agent.call("set_collecting", enabled)
    ray.get([actor.set_collecting.remote(enabled) for actor in actors])


def rates(rounds: int, *sides: Callable[[], float]) -> list[list[float]]:
    """Measure in turn, after a first round that does not count; give the figures of each."""
    alternate(1, *sides)
    return alternate(rounds, *sides)
