"""Two agents of one Ray host in conversation."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, once


def drive(rounds: int, messages: int, plain: int) -> list[list[float]]:
    """Measure both sides on one cluster; give messages a second of each, round by round."""
    import ray

    from benchmarks.cluster import quiet, rates, spawn_by_host, system_on_ray
    from benchmarks.peers.plain_ray import Answerer, Caller, actor

    with system_on_ray() as system:
        alice, bob = spawn_by_host(system, "agent", 2)[0]
        caller, answerer = actor(Caller), actor(Answerer)

        def ours() -> float:
            with quiet((alice,), ()):
                begun = time.perf_counter()
                result = alice.initiate_chat(bob, "ping", max_turns=messages, silent=True)
                seconds = time.perf_counter() - begun
            assert result.turns == messages
            return messages / seconds

        def theirs() -> float:
            ray.get(answerer.clear.remote())
            with quiet((), (caller, answerer)):
                begun = time.perf_counter()
                said = ray.get(caller.talk.remote(answerer, plain))
                seconds = time.perf_counter() - begun
            assert said == plain
            return plain / seconds

        return rates(rounds, ours, theirs)


def measure(plan: Plan) -> list[Figure]:
    """Pair us with plain Ray actors, each of which is a process."""
    messages = plan.of(5_000, 2_000)
    found: Any = once(
        "benchmarks.rows.ray_one_host:drive",
        rounds=plan.rounds(15, 4), messages=messages, plain=plan.of(500, 300),
    )  # fmt: skip
    what = f"two agents on one Ray host, {messages} messages a round"
    peer = "two plain Ray actors, ray.get in a loop"
    return [Figure("ray-one-host", what, peer, "msg/s", *found, Target(12))]
