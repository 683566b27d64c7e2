"""Long conversations: that they finish, and what they take meanwhile."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.figures import Fact
from benchmarks.pairing import Plan, once
from benchmarks.venvs import AUTOGEN

SAMPLES = 10
# Seconds after which plain Ray actors that do not answer are taken to hang.
HANG, QUICK_HANG = 10, 4
KIB = 1024
MOST_THREADS = 8  # more than at the first look, at the last
MOST_MEMORY = 4 * KIB  # bytes a message, histories and transcript together


def on_threads(turns: int) -> dict[str, Any]:
    """Let two agents converse for long on threads; give what they saw."""
    from agentcore import connect
    from benchmarks.agents import Watcher

    with connect("thread") as system:
        options = {"every": turns // 2 // SAMPLES, "max_consecutive_auto_reply": -1}
        alice, bob = system.spawn_many(Watcher, ["alice", "bob"], **options)
        result = alice.initiate_chat(bob, "ping", max_turns=turns, silent=True)
        return _seen(result, turns, [bob.call("seen")])


def on_ray(turns: int) -> dict[str, Any]:
    """The same between two Ray hosts."""
    from agentcore import connect
    from benchmarks.agents import Watcher

    with connect("ray", hosts=2) as system:
        options = {"every": turns // 2 // SAMPLES, "max_consecutive_auto_reply": -1}
        alice, bob = system.spawn_many(Watcher, ["alice", "bob"], **options)
        assert alice.place != bob.place
        result = alice.initiate_chat(bob, "ping", max_turns=turns, silent=True)
        return _seen(result, turns, [alice.call("seen"), bob.call("seen")])


def _seen(result: Any, turns: int, samples: list[Any]) -> dict[str, Any]:
    # The first look is at the first message, before the workers and buffers are there.
    settled = [seen[1:] for seen in samples]
    looks = (turns // 2) * (SAMPLES - 2) // SAMPLES  # turns of each agent between first and last
    return {
        "turns": result.turns,
        "stop": str(result.stop.kind),
        "limit": sys.getrecursionlimit(),
        "threads": [(seen[0][0], seen[-1][0]) for seen in settled],
        "frames": [(seen[0][1], seen[-1][1]) for seen in settled],
        "bytes": [(seen[-1][2] - seen[0][2]) / (2 * looks) for seen in settled],
    }


def measure(plan: Plan) -> list[Fact]:
    """Say what becomes of us, and of the peers, at the default recursion limit."""
    many, some = plan.of(100_000, 20_000), plan.of(10_000, 1_000)
    autogen = once("benchmarks.peers.autogen_chat:recursive", AUTOGEN)
    stuck = [f"max_concurrency={n}: {_stuck(some, n, plan)}" for n in (1, 10)]
    return [
        _fact(
            "long-threads", f"{many:,} turns on threads", many,
            once("benchmarks.rows.limits:on_threads", turns=many),
            f"AutoGen 0.2.40 without max_turns: {autogen}",
        ),
        _fact(
            "long-ray", f"{some:,} turns between two Ray hosts", some,
            once("benchmarks.rows.limits:on_ray", turns=some),
            f"plain Ray actors that call each other, {'; '.join(stuck)}",
        ),
    ]  # fmt: skip


def _stuck(messages: int, concurrency: int, plan: Plan) -> str:
    said: str = once(
        "benchmarks.peers.plain_ray:recursive",
        messages=messages, concurrency=concurrency, patience=plan.of(HANG, QUICK_HANG),
    )  # fmt: skip
    return said


def _fact(name: str, what: str, turns: int, seen: dict[str, Any], theirs: str) -> Fact:
    bounded = (
        all(last <= first + MOST_THREADS for first, last in seen["threads"])
        and all(last == first for first, last in seen["frames"])
        and all(each <= MOST_MEMORY for each in seen["bytes"])
    )
    ours = (
        f"{seen['turns']:,} ({seen['stop']}) at recursion limit {seen['limit']}, "
        f"threads {_spans(seen['threads'])}, frames {_spans(seen['frames'])}, "
        f"{', '.join(f'{each / KIB:.2g}' for each in seen['bytes'])} KiB a message"
    )
    return Fact(name, what, ours, theirs, seen["turns"] == turns and bounded)


def _spans(pairs: list[list[int]]) -> str:
    return ", ".join(f"{first}..{last}" for first, last in pairs)
