"""Agents that consult each other, in circles, in many conversations at once: all stop."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import AgentSystem, StopKind
from agentcore.backend import open_system
from agentcore.testing import InlineBackend, InlineSettings
from agentcore.testing.scripted_agents import Consults
from agentcore.testing.strategies import consultations, schedules
from tests.properties.players import Talker

_count = itertools.count()


def answer_of(peers: dict[str, tuple[tuple[str, ...], bool]], name: str, depth: int) -> str:
    """What the agent answers: the plain recursion."""
    inner = [answer_of(peers, peer, depth - 1) for peer in peers[name][0]] if depth else []
    return f"{name}({', '.join(inner)})"


def messages_of(peers: dict[str, tuple[tuple[str, ...], bool]], name: str, depth: int) -> int:
    """How many messages a question takes that goes ``depth`` deep: the plain recursion."""
    if depth == 0:
        return 2
    return 2 + sum(messages_of(peers, peer, depth - 1) for peer in peers[name][0])


@given(consultations(), schedules(), st.integers(1, 5), st.integers(0, 3))
def test_whatever_the_schedule_no_circle_of_waits_hangs_or_fails(
    peers: dict[str, tuple[tuple[str, ...], bool]], choose: Any, number: int, depth: int
) -> None:
    """On the deterministic backend, with Hypothesis as its scheduler."""
    with open_system(InlineBackend(choose=choose)) as system:
        for name, (asked, later) in peers.items():
            system.spawn(Consults, name, asked, later)
        firsts = [f"a{i % len(peers)}" for i in range(number)]
        users = [Talker(f"user{i}", max_consecutive_auto_reply=0) for i in range(number)]
        chats = [
            user.start_chat(first, f"{depth}?", silent=True)
            for user, first in zip(users, firsts, strict=True)
        ]
        for first, chat in zip(firsts, chats, strict=True):
            result = chat.result()
            assert result.stop.kind is StopKind.MAX_AUTO_REPLY
            assert result.turns == messages_of(peers, first, depth)
            assert result.last_message is not None
            assert result.last_message.content == answer_of(peers, first, depth)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(consultations(), st.integers(1, 8), st.integers(0, 3))
def test_on_every_backend_many_conversations_at_once_all_stop(
    system: AgentSystem,
    peers: dict[str, tuple[tuple[str, ...], bool]],
    number: int,
    depth: int,
) -> None:
    """With real threads and real hosts, sync and ``async def`` rules mixed."""
    run = next(_count)
    refs = {
        name: system.spawn(Consults, f"{name}-{run}", [f"{p}-{run}" for p in asked], later)
        for name, (asked, later) in peers.items()
    }
    firsts = [f"a{i % len(peers)}" for i in range(number)]
    users = [Talker(f"user{run}-{i}", max_consecutive_auto_reply=0) for i in range(number)]
    chats = [
        user.start_chat(refs[first], f"{depth}?", silent=True, timeout=60)
        for user, first in zip(users, firsts, strict=True)
    ]
    for first, chat in zip(firsts, chats, strict=True):
        assert chat.result().turns == messages_of(peers, first, depth)
    for ref in refs.values():
        ref.close()


def consult_at_random(seed: int) -> None:
    """Let up to six ask up to six, who ask each other, up to four deep, some through others."""
    random = Random(seed)
    names = [f"a{i}" for i in range(random.randint(2, 6))]
    peers = {
        name: (tuple(random.choices(names, k=random.randint(0, 2))), random.random() < 0.5)
        for name in names
    }
    depth = random.randint(1, 4)
    with open_system(InlineBackend(InlineSettings(seed=seed))) as system:
        refs = [system.spawn(Consults, name, *peers[name]) for name in names]
        for ref in refs if seed % 2 else ():
            through = random.choices([None, *refs], k=len(peers[ref.name][0]))
            ref.call("learn", "through", through)
        firsts = random.choices(names, k=random.randint(2, 6))
        users = system.spawn_many(Consults, [f"user{i}" for i in range(len(firsts))])
        chats = [
            # Whoever has another begin a conversation in an async def rule halves its budget.
            user.start_chat(first, f"{depth}?", silent=True, max_turns=10**9)
            for user, first in zip(users, firsts, strict=True)
        ]
        for first, chat in zip(firsts, chats, strict=True):
            last = chat.result().last_message
            assert last is not None
            assert last.content == answer_of(peers, first, depth), f"seed {seed}"


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_no_seed_finds_a_circle_of_waits_that_hangs(start: int) -> None:
    """Larger graphs and deeper questions than Hypothesis draws, on plain seeds: a hundred each."""
    for seed in range(start, start + 100):
        consult_at_random(seed)
