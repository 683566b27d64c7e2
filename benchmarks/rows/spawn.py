"""Spawning agents on the hosts of a running system on Ray."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, once

SETTLE = 0.5  # seconds that killed actors have to be gone, before the next measurement


def drive(rounds: int, few: int, one_by_one: int, at_once: int) -> list[list[float]]:
    """Give agents or actors a second: ours one by one and at once, plain actors likewise."""
    import ray

    from benchmarks.agents import Ping
    from benchmarks.cluster import rates, system_on_ray
    from benchmarks.peers.plain_ray import Answerer, actor

    numbers = count()

    def names(how_many: int) -> list[str]:
        return [f"agent-{next(numbers)}" for _ in range(how_many)]

    def rate(made: int, make: Callable[[], Any]) -> float:
        begun = time.perf_counter()
        make()
        return made / (time.perf_counter() - begun)

    with system_on_ray() as system:
        # Ray keeps a process a core ready; the actors after those are what an actor costs.
        spare = [actor(Answerer) for _ in range(int(ray.cluster_resources()["CPU"]))]
        ray.get([each.clear.remote() for each in spare])

        def singly() -> float:
            chosen = names(one_by_one)
            return rate(one_by_one, lambda: [system.spawn(Ping, name) for name in chosen])

        def together() -> float:
            chosen = names(at_once)
            return rate(at_once, lambda: system.spawn_many(Ping, chosen))

        def plain(wait_for_each: bool) -> float:
            made: list[Any] = []

            def make() -> None:
                for _ in range(few):
                    made.append(actor(Answerer))
                    if wait_for_each:
                        ray.get(made[-1].clear.remote())
                ray.get([each.clear.remote() for each in made])

            found = rate(few, make)
            for each in made:
                ray.kill(each)
            time.sleep(SETTLE)
            return found

        return rates(rounds, singly, lambda: plain(True), together, lambda: plain(False))


def measure(plan: Plan) -> list[Figure]:
    """Pair ``spawn`` with actors made one by one, ``spawn_many`` with actors begun at once."""
    few = plan.of(6, 3)
    sizes = {"one_by_one": plan.of(200, 50), "at_once": plan.of(5_000, 1_000)}
    singly, plain, together, plain_together = once(
        "benchmarks.rows.spawn:drive", rounds=plan.rounds(5, 1), few=few, **sizes
    )
    return [
        Figure(
            "spawn", f"spawn, {sizes['one_by_one']} one by one on running hosts",
            f"{few} plain Ray actors, each made when the last one answers", "/s",
            singly, plain, Target(200),
        ),
        Figure(
            "spawn-many", f"spawn_many of {sizes['at_once']} on running hosts",
            f"{few} plain Ray actors, begun at once, until all answer", "/s",
            together, plain_together, Target(1000),
        ),
    ]  # fmt: skip
