"""Two agents in conversation between two Ray hosts."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, once


def drive(rounds: int, messages: int) -> list[list[float]]:
    """Measure both sides on one cluster; give messages a second of each, round by round."""
    import ray

    from benchmarks.cluster import quiet, rates, spawn_by_host, system_on_ray
    from benchmarks.peers.plain_ray import Answerer, Caller, actor

    with system_on_ray() as system:
        (alice,), (bob,) = spawn_by_host(system, "agent", 1)
        caller, answerer = actor(Caller), actor(Answerer)

        def ours() -> float:
            with quiet((alice, bob), ()):
                begun = time.perf_counter()
                result = alice.initiate_chat(bob, "ping", max_turns=messages, silent=True)
                seconds = time.perf_counter() - begun
            assert result.turns == messages
            return messages / seconds

        def theirs() -> float:
            ray.get(answerer.clear.remote())
            with quiet((), (caller, answerer)):
                begun = time.perf_counter()
                said = ray.get(caller.talk.remote(answerer, messages))
                seconds = time.perf_counter() - begun
            assert said == messages
            return messages / seconds

        return rates(rounds, ours, theirs)


def measure(plan: Plan) -> list[Figure]:
    """Pair us with plain Ray actors."""
    messages = 500
    found: Any = once(
        "benchmarks.rows.ray_pair:drive", rounds=plan.rounds(21, 5), messages=messages
    )
    what = f"two agents on two Ray hosts, {messages} messages a round"
    target = Target(0.8, aim=0.95)
    return [Figure("ray-pair", what, "plain Ray, ray.get in a loop", "msg/s", *found, target)]
