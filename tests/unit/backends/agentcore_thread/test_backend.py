"""The thread backend: what agents, turns and waits cost."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from agentcore import (
    AgentSystem,
    StopKind,
    connect,
)
from tests.unit.backends.agentcore_thread.thread_agents import (
    PATIENCE,
    Asker,
    Echo,
    Says,
    Silent,
)

# A deadline for 100,000 turns: they take a second or two, and longer on a busy machine.
LONG_CHAT_SECONDS = 20.0


def test_idle_agents_cost_no_thread() -> None:
    """Five hundred agents, of which two converse, need no more threads than two do."""

    def of_system() -> int:
        return sum(each.name.startswith("agentcore") for each in threading.enumerate())

    def threads_with(number: int) -> int:
        before = of_system()
        with connect("thread") as system:
            refs = system.spawn_many(Says, [f"agent-{each}" for each in range(number)])
            result = refs[0].initiate_chat(refs[1], "hello", silent=True)
            assert result.stop.kind is StopKind.NO_REPLY
            return of_system() - before

    assert threads_with(500) <= 3, "two workers and the monitor"


def test_closing_a_system_leaves_no_thread() -> None:
    """Workers, monitor and event loop are gone when ``close()`` is back."""
    before = set(threading.enumerate())
    with connect("thread") as system:
        alice, bob = system.spawn_many(Says, ["alice", "bob"])
        alice.initiate_chat(bob, "hello", silent=True, timeout=PATIENCE)
        assert set(threading.enumerate()) > before
    assert not {each for each in set(threading.enumerate()) - before if each.is_alive()}


def test_a_hundred_thousand_turns_need_no_recursion() -> None:
    """A conversation is flat: it takes as little stack as one of two turns, and little time."""
    limit = 100_000
    assert sys.getrecursionlimit() <= 3000, "the default is what is to be shown"
    with connect("thread", max_turns=limit) as system:
        options: dict[str, Any] = {"max_consecutive_auto_reply": -1}
        alice, bob = system.spawn_many(Echo, ["alice", "bob"], **options)
        begun = time.monotonic()
        result = alice.initiate_chat(bob, "hello", silent=True)
        took = time.monotonic() - begun
    assert result.stop.kind is StopKind.MAX_TURNS
    assert result.turns == limit
    assert took < LONG_CHAT_SECONDS


def test_a_thousand_nested_sends_at_once_finish(system: AgentSystem) -> None:
    """A thousand agents that each wait for another, all at once, starve nobody."""
    number = 1_000
    oracles = system.spawn_many(Says, [f"oracle-{each}" for each in range(4)])
    users = [system.spawn(Asker, f"asker-{each}", oracles[each % 4].name) for each in range(number)]
    starter = system.spawn(Silent, "starter")
    chats = [starter.start_chat(user, "ask", silent=True) for user in users]
    results = [chat.result(PATIENCE) for chat in chats]
    assert {result.stop.kind for result in results} == {StopKind.NO_REPLY}
    assert all(result.last_message is not None for result in results)


def test_a_thousand_users_at_one_asker_finish(system: AgentSystem) -> None:
    """One agent, which asks another at each message, answers a thousand, one after the other."""
    number = 1_000
    system.spawn(Says, "oracle")
    asker = system.spawn(Asker, "asker", "oracle")
    users = system.spawn_many(Silent, [f"user-{each}" for each in range(number)])
    chats = [user.start_chat(asker, "ask", silent=True) for user in users]
    results = [chat.result(PATIENCE) for chat in chats]
    assert {result.stop.kind for result in results} == {StopKind.NO_REPLY}
    assert {result.stop.agent for result in results} == {user.name for user in users}
