"""Waits whose thread runs what it waits for, and those that no answer ends."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ConversableAgent,
    GroupChat,
    SystemClosedError,
    TurnError,
    agent_reply,
    connect,
)
from agentcore.runtime.connecting import runtime_for
from tests.unit.runtime.turns.waiting_agents import (
    PATIENCE,
    Asker,
    Blocks,
    Forwards,
    Later,
    Speaks,
    agent_behind,
    user,
)


@pytest.mark.parametrize("count", [1, 2])
def test_a_timeout_of_a_send_is_kept_while_its_peer_blocks(system: AgentSystem, count: int) -> None:
    """The thread that waits does not run itself what may keep it longer than it wants to wait."""
    peers = [f"peer{i}" for i in range(count)]
    refs = system.spawn_many(Blocks, peers)
    asker = system.spawn(Asker, "asker", *peers, timeout=0.05)
    began = time.monotonic()
    result = user().initiate_chat(asker, "hello", silent=True)
    assert result.transcript[-1].content == "ChatTimeoutError"
    assert time.monotonic() - began < PATIENCE / 2
    for ref in refs:
        agent_behind(ref).go_on.set()


def test_an_agent_that_was_answered_serves_others_until_its_thread_is_back(
    system: AgentSystem,
) -> None:
    """Alice's thread runs bob's turn, which waits for dave, who waits for alice.

    Bob is closed meanwhile: that answers alice, whose thread cannot go on yet.
    """
    alice = system.spawn(Asker, "alice", "bob")
    bob = system.spawn(Forwards, "bob", "dave")
    ref = system.spawn(Later, "dave")
    dave = agent_behind(ref)
    chat = user().start_chat(alice, "hello", silent=True)
    assert dave.begun.wait(PATIENCE)
    bob.close()
    dave.loop.call_soon_threadsafe(dave.go_on.set)
    result = chat.result(PATIENCE)
    assert [entry.content for entry in result.transcript if not entry.depth][-1] == "AgentDiedError"


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_a_group_whose_first_member_is_gone_can_await_who_speaks_next(backend: str) -> None:
    """A wait that could not begin is no wait, and what the turn awaits after it is awaited."""

    def choose(last_speaker: str, candidates: list[str]) -> Any:
        async def later() -> str:
            return "bob"

        return "alice" if "alice" in candidates else later()

    with connect(backend) as system:
        refs = system.spawn_many(Speaks, ["alice", "bob"])
        group = system.spawn(
            GroupChat, "group", refs, speaker_selection=choose, on_failure="continue", max_round=1
        )
        refs[0].close()
        result = user().initiate_chat(group, "hello", silent=True)
    assert result.last_message is not None
    assert result.last_message.content == "bob speaks"


def test_closing_an_agent_ends_its_waits_and_whoever_waits_for_it_goes_on(
    system: AgentSystem,
) -> None:
    """Also if its turn runs on their thread, and what it waits for never comes."""
    alice = system.spawn(Asker, "alice", "bob")
    bob = system.spawn(Forwards, "bob", "dave")
    dave = agent_behind(system.spawn(Later, "dave"))
    chat = user().start_chat(alice, "hello", silent=True)
    assert dave.begun.wait(PATIENCE)
    bob.close()
    assert chat.result(PATIENCE).transcript[-1].content == "AgentDiedError"


def test_closing_a_system_ends_what_its_agents_wait_for() -> None:
    """What they had begun is answered, so that no thread is left."""
    before = set(threading.enumerate())
    with connect("thread") as system:
        system.spawn(Asker, "alice", "bob")
        system.spawn(Forwards, "bob", "dave")
        dave = agent_behind(system.spawn(Later, "dave"))
        chat = user().start_chat(system.agent("alice"), "hello", silent=True)
        assert dave.begun.wait(PATIENCE)
    with pytest.raises(SystemClosedError):
        chat.result(PATIENCE)
    assert set(threading.enumerate()) <= before


def test_a_task_that_outlives_its_turn_can_send_nothing_more(system: AgentSystem) -> None:
    """The agent may be at another turn then, and two at once would be in its code."""
    ended = threading.Event()
    raised: list[str] = []

    class Careless(ConversableAgent):
        @agent_reply()
        async def answer(self) -> tuple[bool, Any]:
            """Leave a task behind."""
            self.go_on = asyncio.Event()
            self.loop = asyncio.get_running_loop()
            self.task = asyncio.create_task(self.later())
            return True, "done"

        async def later(self) -> None:
            await self.go_on.wait()
            try:
                await self.a_send("hello", "alice")
            except TurnError as error:
                raised.append(str(error))
            ended.set()

    system.spawn(Speaks, "alice")
    ref = system.spawn(Careless, "careless")
    user().initiate_chat(ref, "hello", silent=True)
    careless = agent_behind(ref)
    careless.loop.call_soon_threadsafe(careless.go_on.set)
    assert ended.wait(PATIENCE)
    assert "is over" in raised[0]
    assert not runtime_for(ref).mailboxes["careless"].waits
