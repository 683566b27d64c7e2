"""Many conversations at once between two Ray hosts."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, fastest, once


def drive(rounds: int, chats: int, messages: int) -> list[list[float]]:
    """Measure us, and plain Ray on threads and on an event loop; give messages a second."""
    import ray

    from benchmarks.cluster import quiet, rates, spawn_by_host, system_on_ray
    from benchmarks.peers.plain_ray import Answerer, AsyncCaller, Caller, actor

    total = chats * messages
    with system_on_ray() as system:
        here, there = spawn_by_host(system, "agent", chats)
        threaded, looping = actor(Caller, max_concurrency=chats + 1), actor(AsyncCaller)
        answerer = actor(Answerer)

        def ours() -> float:
            with quiet((here[0], there[0]), ()):
                begun = time.perf_counter()
                open_ = [
                    a.start_chat(b, "ping", max_turns=messages, silent=True)
                    for a, b in zip(here, there, strict=True)
                ]
                said = sum(chat.result().turns for chat in open_)
                seconds = time.perf_counter() - begun
            assert said == total
            return total / seconds

        def on_threads() -> float:
            ray.get(answerer.clear.remote())
            with quiet((), (threaded, answerer)):
                begun = time.perf_counter()
                calls = [threaded.talk_in.remote(n, answerer, messages) for n in range(chats)]
                said = sum(ray.get(calls))
                seconds = time.perf_counter() - begun
            assert said == total
            return total / seconds

        def on_a_loop() -> float:
            ray.get(answerer.clear.remote())
            with quiet((), (looping, answerer)):
                begun = time.perf_counter()
                said = ray.get(looping.talk_in_all.remote(chats, answerer, messages))
                seconds = time.perf_counter() - begun
            assert said == total
            return total / seconds

        return rates(rounds, ours, on_threads, on_a_loop)


def measure(plan: Plan) -> list[Figure]:
    """Pair us with whichever is the faster way in plain Ray, in each round."""
    chats, messages = 64, plan.of(100, 40)
    ours, threads, loop = once(
        "benchmarks.rows.ray_many:drive",
        rounds=plan.rounds(11, 3), chats=chats, messages=messages,
    )  # fmt: skip
    note = f"the faster of threads ({median(threads):,.0f}) and asyncio ({median(loop):,.0f})"
    return [
        Figure(
            "ray-many", f"{chats} conversations between two Ray hosts, {messages} messages each",
            "the same as plain Ray calls", "msg/s",
            ours, fastest(threads, loop), Target(4, aim=8), note,
        )
    ]  # fmt: skip
