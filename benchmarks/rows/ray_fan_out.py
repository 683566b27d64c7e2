"""A question to a hundred agents on two Ray hosts and all their answers."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, fastest, once

A_CALL = 20  # fan-outs in one call, whose budget of 10,000 turns they share


def drive(rounds: int, agents: int, times: int, plain: int) -> list[list[float]]:
    """Give fan-outs a second: ours, and plain Ray's from an actor and from the driver.

    Ours is measured before the plain actors are there, and once more beside them: a hundred idle
    processes take some of the machine from whatever runs.
    """
    import ray

    from benchmarks.agents import Asker
    from benchmarks.cluster import quiet, rates, spawn_by_host, system_on_ray
    from benchmarks.peers.plain_ray import Answerer, AskerOfAll, actor, ask_all

    with system_on_ray() as system:
        here, there = spawn_by_host(system, "agent", agents // 2)
        peers = [*here, *there]
        asker = system.spawn(Asker, "asker")

        def ours() -> float:
            with quiet((here[0], there[0]), ()):
                begun = time.perf_counter()
                answers = sum(asker.call("fan", peers, A_CALL) for _ in range(times // A_CALL))
                seconds = time.perf_counter() - begun
            assert answers == agents * times
            return times / seconds

        (alone,) = rates(rounds, ours)
        answerers = [actor(Answerer) for _ in range(agents)]
        ray.get([each.clear.remote() for each in answerers])
        plain_asker = actor(AskerOfAll)

        def from_an_actor() -> float:
            with quiet((), (plain_asker, *answerers)):
                begun = time.perf_counter()
                said = ray.get(plain_asker.fan.remote(answerers, plain))
                seconds = time.perf_counter() - begun
            assert said == 2 * agents * plain
            return plain / seconds

        def from_the_driver() -> float:
            with quiet((), answerers):
                begun = time.perf_counter()
                said = sum(len(ask_all(answerers)) for _ in range(plain))
                seconds = time.perf_counter() - begun
            assert said == 2 * agents * plain
            return plain / seconds

        return [alone, *rates(rounds, ours, from_an_actor, from_the_driver)]


def measure(plan: Plan) -> list[Figure]:
    """Put us beside whichever is the faster way in plain Ray, in each round."""
    agents, times = plan.of(100, 20), plan.of(5, 1) * A_CALL
    alone, beside, actor, driver = once(
        "benchmarks.rows.ray_fan_out:drive",
        rounds=plan.rounds(7, 2), agents=agents, times=times, plain=plan.of(10, 3),
    )  # fmt: skip
    note = f"the faster of ray.get in an actor ({median(actor):.3g}) and in the driver"
    what = f"a question to {agents} agents on two Ray hosts and all answers"
    peer = f"ray.get of {agents} calls, of as many plain Ray actors"
    plain = fastest(actor, driver)
    return [
        Figure(
            "ray-fan-out", what, peer, "/s", alone, plain, Target(20),
            f"{note} ({median(driver):.3g}); ours before those actors are there",
        ),
        Figure(
            "ray-fan-out-beside", what, peer, "/s", beside, plain, None,
            "ours while those actors are there, and idle",
        ),
    ]  # fmt: skip
