"""A group of four that speaks in turn, on threads."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side
from benchmarks.process import timed
from benchmarks.venvs import AGENTCHAT, AUTOGEN

MEMBERS = 4
_numbers = count()


@cache
def _system() -> Any:
    from agentcore import connect

    return connect("thread")


def ours(chats: int, members: int, messages: int) -> float:
    """Let groups speak, one after the other; give messages of members a second."""
    from agentcore import GroupChat
    from benchmarks.agents import Ping

    system, number = _system(), next(_numbers)
    user = system.spawn(Ping, f"user-{number}", max_consecutive_auto_reply=0)
    groups = []
    for chat in range(chats):
        names = [f"member-{number}-{chat}-{index}" for index in range(members)]
        refs = system.spawn_many(Ping, names, max_consecutive_auto_reply=-1)
        team = system.spawn(
            GroupChat,
            f"team-{number}-{chat}",
            list(refs),
            max_round=messages,
            speaker_selection="round_robin",
        )
        groups.append((team, refs))

    def talk() -> None:
        for team, _ in groups:
            user.initiate_chat(team, "go", silent=True)

    _, seconds = timed(talk)
    for team, refs in groups:
        for member in refs:  # what the user said, and what the members did
            assert len(member.call("get_chat_messages", team)) == messages + 1
            member.close()
        team.close()
    user.close()
    return chats * messages / seconds


def measure(plan: Plan) -> list[Figure]:
    """Pair us with AutoGen's groups, of the old generation and of the new."""
    size = {"chats": plan.of(5, 2), "members": MEMBERS, "messages": 200}
    with (
        side("benchmarks.rows.group:ours", pinned=True) as us,
        side("benchmarks.peers.autogen_group:group", AUTOGEN, pinned=True) as old,
        side("benchmarks.peers.agentchat_group:group", AGENTCHAT, pinned=True) as new,
    ):
        sides = (
            lambda: us.ask(**size),
            lambda: old.ask(**size, way="documented"),
            lambda: old.ask(**size, way="checked"),
            lambda: new.ask(**size),
        )
        alternate(1, *sides)
        found, documented, checked, team = alternate(plan.rounds(11, 3), *sides)
    what = f"a group of {MEMBERS}, round robin, {size['messages']} rounds, threads"
    return [
        Figure(
            "group", what, f"AutoGen {AUTOGEN.version} GroupChat", "msg/s",
            found, documented, Target(4), "its rules ahead of its checks",
        ),
        Figure(
            "group-checked", what, f"AutoGen {AUTOGEN.version} GroupChat", "msg/s",
            found, checked, note="its rules behind its checks",
        ),
        Figure(
            "group-agentchat", what,
            f"autogen-agentchat {AGENTCHAT.version} RoundRobinGroupChat", "msg/s",
            found, team, Target(25), "its agents check nothing",
        ),
    ]  # fmt: skip
