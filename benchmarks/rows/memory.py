"""The memory of an idle agent, on threads."""

from __future__ import annotations

import gc

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, once
from benchmarks.process import resident
from benchmarks.venvs import pykka


def ours(count: int) -> float:
    """Give the bytes of an idle agent."""
    from agentcore import connect
    from benchmarks.agents import Idle

    with connect("thread") as system:
        kept = [system.spawn(Idle, f"warm-{index}") for index in range(10)]
        names = [f"agent-{index}" for index in range(count)]
        gc.collect()
        before = resident()
        kept += system.spawn_many(Idle, names)
        gc.collect()
        return (resident() - before) / count


def measure(plan: Plan) -> list[Figure]:
    """Pair us with Pykka, each time in a new process."""
    many, few = plan.of(100_000, 20_000), plan.of(2_000, 500)
    peer = pykka()
    found = alternate(
        plan.rounds(3, 1),
        lambda: once("benchmarks.rows.memory:ours", count=many),
        lambda: once("benchmarks.peers.pykka_actors:idle", peer, count=few),
    )
    what = f"an idle agent, threads, of {many}"
    target = Target(4096, most=True, own=True)
    note = "resident memory; the kernel's for a thread comes on top of the peer's"
    name = f"Pykka {peer.version}, of {few}"
    return [Figure("memory", what, name, "bytes", *found, target, note)]
