"""Two agents in conversation, on threads."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side
from benchmarks.process import timed
from benchmarks.venvs import AUTOGEN

# Ways to register AutoGen's rule (they are in benchmarks.peers.autogen_chat): the name of the line,
# what is to be known, the target.
WAYS: dict[str, tuple[str, str, Target | None]] = {
    "documented": (
        "conversation",
        "its rule as its documentation registers it, ahead of its checks",
        Target(5, aim=12),
    ),
    "checked": (
        "conversation-checked",
        "its rule behind its checks of termination, limit and human: what ours does at each turn",
        None,
    ),
    "bare class": (
        "conversation-bare",
        "its rule ahead of its checks, and for a bare class: no isinstance of a protocol",
        None,
    ),
}
_numbers = count()


@cache
def _system() -> Any:
    from agentcore import connect

    return connect("thread")


def ours(messages: int) -> float:
    """Give messages a second."""
    from benchmarks.agents import Ping

    names = [f"{name}-{next(_numbers)}" for name in ("alice", "bob")]
    alice, bob = _system().spawn_many(Ping, names, max_consecutive_auto_reply=-1)

    def talk() -> Any:
        return alice.initiate_chat(bob, "ping", max_turns=messages, silent=True)

    result, seconds = timed(talk)
    assert len(result.transcript) == result.turns == messages
    assert bob.call("get_chat_messages", alice)[-1]["content"] == "pong"
    alice.close()
    bob.close()
    return messages / seconds


def measure(plan: Plan) -> list[Figure]:
    """Pair us with AutoGen, in each way to register its rule."""
    messages = plan.of(10_000, 2_000)
    with (
        side("benchmarks.rows.conversation:ours", pinned=True) as us,
        side("benchmarks.peers.autogen_chat:conversation", AUTOGEN, pinned=True) as peer,
    ):
        us.ask(messages=1000)
        peer.ask(messages=1000, way="documented")

        def theirs(way: str) -> Any:
            return lambda: peer.ask(messages=messages, way=way)

        columns = alternate(
            plan.rounds(11, 3), lambda: us.ask(messages=messages), *map(theirs, WAYS)
        )
    what = f"two agents, threads, {messages} messages"
    return [
        Figure(name, what, "AutoGen 0.2.40", "msg/s", columns[0], found, target, note)
        for (name, note, target), found in zip(WAYS.values(), columns[1:], strict=True)
    ]
