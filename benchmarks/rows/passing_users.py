"""Many users, each of whom converses once with one agent: that they leave nothing."""

from __future__ import annotations

import gc

from benchmarks.figures import Fact
from benchmarks.pairing import Plan, once
from benchmarks.process import resident

LOOKS = 6
MOST_GROWTH = 1e6  # bytes, from the second look on: the first has the warming up


def resident_by_look(users: int, kept: int | None) -> list[int]:
    """Let new users converse with one agent; give the resident bytes now and then.

    Args:
        kept: with how many peers the agent keeps its history; ``None`` for all.
    """
    from agentcore import ConversableAgent, connect
    from benchmarks.agents import Ping

    seen = []
    with connect("thread") as system:
        agent = system.spawn(Ping, "agent", history_limit={"peers": kept})
        for number in range(users):
            user = ConversableAgent(f"user-{number}", max_consecutive_auto_reply=0)
            user.initiate_chat(agent, "ping", silent=True)
            if (number + 1) % (users // LOOKS) == 0:
                gc.collect()
                seen.append(resident())
    return seen


def measure(plan: Plan) -> list[Fact]:
    """Say what the memory of the process grew by, with a limit of peers and without."""
    many, few = plan.of(300_000, 12_000), plan.of(30_000, 6_000)
    flat, all_kept = (
        once("benchmarks.rows.passing_users:resident_by_look", users=users, kept=kept)
        for users, kept in ((many, 1_000), (few, None))
    )
    grown = flat[-1] - flat[1]
    each = (all_kept[-1] - all_kept[1]) / (few * (LOOKS - 2) // LOOKS)
    ours = f"{', '.join(f'{look / 1e6:.1f}' for look in flat)} MB"
    what = f"{many:,} users, history_limit= of 1,000 peers"
    theirs = f"without a limit: {each:,.0f} bytes a user"
    return [Fact("users", what, ours, theirs, grown <= MOST_GROWTH)]
