"""A thousand pairs in conversation at once, on threads."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side
from benchmarks.process import timed
from benchmarks.venvs import pykka

_numbers = count()


@cache
def _system() -> Any:
    from agentcore import connect

    return connect("thread")


def ours(count: int, turns: int) -> float:
    """Give messages a second, of all pairs."""
    from benchmarks.agents import Ping

    names = [f"agent-{next(_numbers)}" for _ in range(2 * count)]
    agents = _system().spawn_many(Ping, names, max_consecutive_auto_reply=-1)
    pairs = list(zip(agents[:count], agents[count:], strict=True))

    def talk() -> int:
        begun = [a.start_chat(b, "ping", max_turns=turns, silent=True) for a, b in pairs]
        return sum(chat.result().turns for chat in begun)

    said, seconds = timed(talk)
    assert said == count * turns
    for agent in agents:
        agent.close()
    return said / seconds


def measure(plan: Plan) -> list[Figure]:
    """Pair us with Pykka."""
    count, turns = plan.of(1000, 250), 20
    peer = pykka()
    with (
        side("benchmarks.rows.pairs:ours", pinned=True) as us,
        side("benchmarks.peers.pykka_actors:pairs", peer, pinned=True) as them,
    ):
        us.ask(count=20, turns=turns)
        them.ask(count=20, turns=turns)
        found = alternate(
            plan.rounds(7, 2),
            lambda: us.ask(count=count, turns=turns),
            lambda: them.ask(count=count, turns=turns),
        )
    what = f"{count} pairs at once, {turns} turns each, threads"
    return [Figure("pairs", what, f"Pykka {peer.version}, ask loops", "msg/s", *found, Target(25))]
