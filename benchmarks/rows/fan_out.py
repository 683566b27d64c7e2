"""A question to a hundred agents and all their answers, on threads."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side
from benchmarks.process import timed
from benchmarks.venvs import AUTOGEN_CORE, pykka

AGENTS = 100
A_CALL = 20  # fan-outs in one call, whose budget of 10,000 turns they share
_numbers = count()


@cache
def _system() -> Any:
    from agentcore import connect

    return connect("thread")


def ours(agents: int, times: int) -> float:
    """Let an agent ask many others at once, again and again; give fan-outs a second."""
    from benchmarks.agents import Asker, Ping

    system, number = _system(), next(_numbers)
    names = [f"agent-{number}-{index}" for index in range(agents)]
    peers = system.spawn_many(Ping, names, max_consecutive_auto_reply=-1)
    asker = system.spawn(Asker, f"asker-{number}")
    asker.call("fan", peers, 2)
    assert not times % A_CALL
    answers, seconds = timed(
        lambda: sum(asker.call("fan", peers, A_CALL) for _ in range(times // A_CALL))
    )
    assert answers == agents * times
    assert len(peers[-1].call("get_chat_messages", asker)) == 2 * (2 + times)
    for agent in (asker, *peers):
        agent.close()
    return times / seconds


def measure(plan: Plan) -> list[Figure]:
    """Pair us with Pykka and with autogen-core."""
    times, few = plan.of(5, 1) * A_CALL, plan.of(20, 5)
    peer = pykka()
    with (
        side("benchmarks.rows.fan_out:ours", pinned=True) as us,
        side("benchmarks.peers.pykka_actors:fan_out", peer, pinned=True) as actors,
        side("benchmarks.peers.autogen_core_pair:fan_out", AUTOGEN_CORE, True) as core,
    ):
        sides = (
            lambda: us.ask(agents=AGENTS, times=times),
            lambda: actors.ask(agents=AGENTS, times=times),
            lambda: core.ask(agents=AGENTS, times=few),
        )
        alternate(1, *sides)
        found, of_actors, of_core = alternate(plan.rounds(11, 3), *sides)
    what = f"a question to {AGENTS} agents and all answers, threads"
    return [
        Figure(
            "fan-out", what, f"Pykka {peer.version}, ask and get_all", "/s",
            found, of_actors, Target(10), "bare actor calls: no rules, no conversation",
        ),
        Figure(
            "fan-out-core", what,
            f"autogen-core {AUTOGEN_CORE.version}, gather of send_message", "/s",
            found, of_core, Target(50), "one event loop; no rules, no conversation",
        ),
    ]  # fmt: skip
