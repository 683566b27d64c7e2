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
    AgentNotFoundError,
    AgentRef,
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    GroupChat,
    StopKind,
    SystemClosedError,
    TurnError,
    UserProxyAgent,
    agent_reply,
    connect,
    tool,
)
from agentcore.backend import open_system
from agentcore.models import ToolCall
from agentcore.runtime.system import runtime_for
from agentcore.testing import InlineBackend, ScriptedModel

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
    return runtime_for(ref).mailboxes[ref.name].agent


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


def test_closing_an_agent_ends_its_waits_and_whoever_waits_for_it_goes_on(
    system: AgentSystem,
) -> None:
    """Also if its turn runs on their thread, and what it waits for never comes."""
    alice = system.spawn(Asker, "alice", "bob")
    bob = system.spawn(Forwards, "bob", "dave")
    dave = seated(system.spawn(Later, "dave"))
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
        dave = seated(system.spawn(Later, "dave"))
        chat = user().start_chat(system.agent("alice"), "hello", silent=True)
        assert dave.begun.wait(PATIENCE)
    with pytest.raises(SystemClosedError):
        chat.result(PATIENCE)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_agents_adopted_for_a_question_are_let_go_if_one_of_many_is_nowhere(backend: str) -> None:
    """Nobody is asked, and the objects are free again."""

    class Asks(ConversableAgent):
        @agent_reply()
        def answer(self) -> tuple[bool, Any]:
            """Ask an object, and somebody who does not exist."""
            with pytest.raises(AgentNotFoundError):
                self.ask_all("hello", [Speaks("object"), "nobody"])
            return True, None

    with connect(backend) as system:
        asks = system.spawn(Asks, "asks")
        assert user().initiate_chat(asks, "hello", silent=True).stop.kind is StopKind.NO_REPLY
        assert [ref.name for ref in system.agents()] == ["asks"]


def test_a_tool_whose_time_is_over_can_send_nothing_more(system: AgentSystem) -> None:
    """Its thread may still run; the turn that it was part of does not, and another may."""
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    raised: list[str] = []

    class Worker(ConversableAgent):
        @tool
        def slow(self) -> str:
            """Take long, and then send."""
            began.set()
            assert go_on.wait(PATIENCE)
            try:
                self.send("hello", "alice")
            except TurnError as error:
                raised.append(str(error))
            ended.set()
            return "late"

    system.spawn(Speaks, "alice")
    calls = [ToolCall(id, "slow", "{}") for id in ("1", "2")]
    model = ScriptedModel(calls, "awake")
    worker = system.spawn(Worker, "worker", model)
    with pytest.raises(ChatTimeoutError):
        user().initiate_chat(worker, "hello", silent=True, timeout=0.1)
    assert began.is_set()
    result = user().initiate_chat(worker, "hello?", silent=True, timeout=PATIENCE)
    assert result.transcript[-1].content == "awake"
    go_on.set()
    assert ended.wait(PATIENCE)
    assert "is over" in raised[0]


def test_closing_a_system_ends_what_threads_of_tools_wait_for() -> None:
    """None of them waits for an event loop that is gone."""
    ended = threading.Barrier(3, timeout=PATIENCE)

    class Worker(ConversableAgent):
        @tool
        def ask(self) -> str:
            """Wait for who never answers."""
            try:
                self.send("hello", "dave")
            finally:
                ended.wait()
            return "done"

    calls = [ToolCall(id, "ask", "{}") for id in ("1", "2")]
    with connect("thread") as system:
        dave = seated(system.spawn(Later, "dave"))
        model = ScriptedModel(calls)
        chat = user().start_chat(system.spawn(Worker, "worker", model), "hello", silent=True)
        assert dave.begun.wait(PATIENCE)
    with pytest.raises(SystemClosedError):
        chat.result(PATIENCE)
    ended.wait()


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
    careless = seated(ref)
    careless.loop.call_soon_threadsafe(careless.go_on.set)
    assert ended.wait(PATIENCE)
    assert "is over" in raised[0]
    assert not runtime_for(ref).mailboxes["careless"].waits
