"""Waits whose thread runs what it waits for, and those that no answer ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentRef,
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    GroupChat,
    StopKind,
    UserProxyAgent,
    agent_reply,
    connect,
)
from agentcore._runtime import runtime_of
from agentcore.backend import open_system
from agentcore.testing import InlineBackend

PATIENCE = 30.0  # seconds; only a test that fails waits that long


class Asker(ConversableAgent):
    """Asks ``peers`` before it answers with what came of that."""

    def __init__(self, name: str, *peers: str, timeout: float | None = None) -> None:
        super().__init__(name)
        self.peers = peers
        self.timeout = timeout

    @agent_reply("user")
    def answer(self) -> tuple[bool, Any]:
        """Ask one, or all at once."""
        try:
            if len(self.peers) == 1:
                self.send("hello", self.peers[0], timeout=self.timeout)
            else:
                error = self.ask_all("hello", self.peers, timeout=self.timeout).error
                return True, type(error).__name__
        except (AgentDiedError, ChatTimeoutError) as error:
            return True, type(error).__name__
        return True, "done"

    @agent_reply()
    def listen(self) -> tuple[bool, Any]:
        """Answer nobody else."""
        return True, None


class Speaks(ConversableAgent):
    """Says its name."""

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Say it."""
        return True, f"{self.name} speaks"


class Blocks(ConversableAgent):
    """Blocks its thread until it may go on."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Block."""
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return True, "late"


class Forwards(ConversableAgent):
    """Asks ``peer``, and says nothing."""

    def __init__(self, name: str, peer: str) -> None:
        super().__init__(name)
        self.peer = peer

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Ask."""
        self.send("hello", self.peer)
        return True, None


class Later(ConversableAgent):
    """Awaits that it may go on, and then asks alice."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Event()
        self.go_on = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        """Await."""
        self.loop = asyncio.get_running_loop()
        self.begun.set()
        await self.go_on.wait()
        await self.a_send("hello", "alice")
        return True, None


def user() -> UserProxyAgent:
    """A user who never answers."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


def seated(ref: AgentRef) -> Any:
    """Give the agent object behind a ref of this process."""
    return runtime_of(ref).seats[ref.name].agent


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """An open system on threads."""
    with connect("thread") as system:
        yield system


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
        seated(ref).go_on.set()


def test_an_agent_that_was_answered_serves_others_until_its_thread_is_back(
    system: AgentSystem,
) -> None:
    """Alice's thread runs bob's turn, which waits for dave, who waits for alice.

    Bob is closed meanwhile: that answers alice, whose thread cannot go on yet.
    """
    alice = system.spawn(Asker, "alice", "bob")
    bob = system.spawn(Forwards, "bob", "dave")
    ref = system.spawn(Later, "dave")
    dave = seated(ref)
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


def test_a_group_whose_time_is_over_does_not_wait_for_members_to_hear_the_rest(
    system: AgentSystem,
) -> None:
    """What reaches a member after the deadline is dropped, and so nobody says that it came."""
    alice = system.spawn(Speaks, "alice")
    bob = system.spawn(Blocks, "bob")
    agent = seated(bob)
    other = UserProxyAgent("other", max_consecutive_auto_reply=0, human_input_mode="NEVER")
    busy = other.start_chat(bob, "hello", silent=True)
    assert agent.begun.wait(PATIENCE)
    group = system.spawn(
        GroupChat, "group", [alice, bob], speaker_selection="round_robin", max_round=1
    )
    with pytest.raises(ChatTimeoutError):
        user().initiate_chat(group, "hello", silent=True, timeout=0.1)
    agent.go_on.set()
    busy.result(PATIENCE)
    result = user().initiate_chat(group, "again", silent=True, timeout=PATIENCE)
    assert result.last_message is not None
    assert result.last_message.content == "alice speaks"


def test_a_conversation_whose_time_is_over_as_it_begins_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A timer may go off at once, on another thread: it finds the conversation."""
    backend = InlineBackend()
    monkeypatch.setattr(backend, "call_later", lambda delay, function: function())
    with open_system(backend) as system:
        player = system.spawn(Speaks, "alice")
        with pytest.raises(ChatTimeoutError) as caught:
            user().initiate_chat(player, "hello", silent=True, timeout=0)
    assert caught.value.result is not None
    assert caught.value.result.stop.kind is StopKind.DEADLINE
