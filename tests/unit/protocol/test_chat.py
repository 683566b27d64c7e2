"""A `Chat`: a conversation that was begun, in the hands of whoever began it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    Message,
    ReplyError,
    StopKind,
    SystemClosedError,
    agent_reply,
    connect,
)

PATIENCE = 30.0  # seconds; only a test that fails waits that long


class Silent(ConversableAgent):
    """Never says anything."""

    @agent_reply()
    def say_nothing(self) -> tuple[bool, Any]:
        return True, None


class Gated(ConversableAgent):
    """Answers when the test lets it; waits for that without a thread."""

    begun = threading.Event()
    gate: asyncio.Event

    @agent_reply()
    async def answer(self, raw_message: Message) -> tuple[bool, Any]:
        self.gate = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.begun.set()
        await self.gate.wait()
        return True, f"heard {raw_message.content}"

    def open(self) -> None:
        self.loop.call_soon_threadsafe(self.gate.set)


class Raises(ConversableAgent):
    """Its rule raises."""

    @agent_reply()
    def fail(self) -> tuple[bool, Any]:
        raise ValueError("broken")


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """An open system on threads."""
    with connect("thread") as opened:
        yield opened


@pytest.fixture
def gated() -> Gated:
    """An agent object that answers when ``open()`` is called."""
    agent = Gated("gated")
    agent.begun = threading.Event()  # type: ignore[misc]
    return agent


def test_a_chat_is_given_at_once(system: AgentSystem, gated: Gated) -> None:
    """``start_chat`` waits for nothing; ``done`` says how it stands."""
    chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)
    assert gated.begun.wait(PATIENCE)
    assert not chat.done()
    gated.open()
    result = chat.result(PATIENCE)
    assert chat.done()
    assert [each.content for each in result.transcript] == ["hello", "heard hello"]
    assert chat.result() is result, "it can be asked for again"


def test_a_result_that_is_not_there_in_time_leaves_the_conversation_going_on(
    system: AgentSystem, gated: Gated
) -> None:
    """The timeout of ``result`` is how long the caller waits, and no deadline."""
    chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)
    assert gated.begun.wait(PATIENCE)
    for timeout in (0, 0.001):
        with pytest.raises(ChatTimeoutError, match="it goes on") as caught:
            chat.result(timeout)
        assert caught.value.agent == "alice"
        assert caught.value.result is None
    assert not chat.done()
    gated.open()
    assert chat.result(PATIENCE).turns == 2


def test_a_chat_can_be_cancelled(system: AgentSystem, gated: Gated) -> None:
    """It stops with ``CANCELLED``, keeps what was said, and its agents live on."""
    alice = system.spawn(Silent, "alice")
    chat = alice.start_chat(gated, "hello", silent=True)
    assert gated.begun.wait(PATIENCE)
    assert chat.cancel()
    result = chat.result(PATIENCE)
    assert (result.stop.kind, result.stop.agent) == (StopKind.CANCELLED, "alice")
    assert [each.content for each in result.transcript] == ["hello"]
    assert not chat.cancel(), "it has stopped"
    gated.open()
    assert alice.initiate_chat(system.spawn(Silent, "bob"), "hello", silent=True).turns == 1


def test_a_chat_that_was_cancelled_before_it_began_says_nothing(
    system: AgentSystem, gated: Gated
) -> None:
    """Its initiator had not come to it yet: no message is sent."""
    alice = system.spawn(Gated, "alice")
    alice_agent = system._runtime.mailboxes["alice"].agent
    alice_agent.begun = threading.Event()
    busy = system.spawn(Silent, "bob").start_chat(alice, "hello", silent=True)
    assert alice_agent.begun.wait(PATIENCE)
    chat = alice.start_chat(gated, "hello", silent=True)
    assert chat.cancel()
    alice_agent.open()
    result = chat.result(PATIENCE)
    assert (result.stop.kind, result.turns) == (StopKind.CANCELLED, 0)
    assert busy.result(PATIENCE).turns == 2
    assert not gated.begun.is_set()


def test_a_failure_is_raised_at_every_asking(system: AgentSystem) -> None:
    """``result`` raises what stopped the conversation, with what there is of it."""
    chat = system.spawn(Silent, "alice").start_chat(system.spawn(Raises, "bob"), "x", silent=True)
    for _ in range(2):
        with pytest.raises(ReplyError, match="broken") as caught:
            chat.result(PATIENCE)
        assert (caught.value.agent, caught.value.rule) == ("bob", "fail")
        assert caught.value.result is not None
        assert caught.value.result.turns == 1
    assert chat.done()
    assert not chat.cancel()


def test_a_chat_can_be_awaited_from_a_users_own_event_loop(system: AgentSystem) -> None:
    """Many at once: none blocks the loop, and each gives its result."""
    alice = system.spawn(Silent, "alice")
    agents = [Gated(f"gated-{number}") for number in range(20)]
    for agent in agents:
        agent.begun = threading.Event()  # type: ignore[misc]

    async def main() -> list[Any]:
        chats = [alice.start_chat(agent, "hello", silent=True) for agent in agents]
        for agent in agents:
            assert await asyncio.to_thread(agent.begun.wait, PATIENCE)
        for agent in agents:
            agent.open()
        return list(await asyncio.gather(*chats))

    results = asyncio.run(main())
    assert [result.last_message["content"] for result in results] == ["heard hello"] * 20


def test_awaiting_raises_what_stopped_the_conversation(system: AgentSystem) -> None:
    """As ``result`` does."""
    alice, bob = system.spawn(Silent, "alice"), system.spawn(Raises, "bob")

    async def main() -> None:
        await alice.start_chat(bob, "hello", silent=True)

    with pytest.raises(ReplyError, match="broken"):
        asyncio.run(main())


def test_a_chat_that_is_over_can_be_awaited(system: AgentSystem) -> None:
    """From any loop, any number of times."""
    chat = system.spawn(Silent, "alice").start_chat(system.spawn(Silent, "bob"), "x", silent=True)
    result = chat.result(PATIENCE)

    async def main() -> Any:
        return await chat, await chat

    assert asyncio.run(main()) == (result, result)


def test_giving_up_an_await_leaves_the_conversation_to_others_who_wait(
    system: AgentSystem, gated: Gated
) -> None:
    """A ``Chat`` can have several who wait for it: the last that is cancelled cancels it."""
    chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)

    async def main() -> None:
        assert await asyncio.to_thread(gated.begun.wait, PATIENCE)
        first, second = asyncio.ensure_future(_await(chat)), asyncio.ensure_future(_await(chat))
        await asyncio.sleep(0)  # both wait
        first.cancel()
        await asyncio.wait([first])
        assert not chat.done()
        second.cancel()
        await asyncio.wait([second])

    asyncio.run(main())
    assert chat.result(PATIENCE).stop.kind is StopKind.CANCELLED


def test_a_chat_whose_await_is_shielded_goes_on(system: AgentSystem, gated: Gated) -> None:
    """``asyncio.shield`` has its own meaning: who gives up waiting cancels nothing."""
    chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)

    async def main() -> None:
        assert await asyncio.to_thread(gated.begun.wait, PATIENCE)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(chat), 0.001)
        assert not chat.done()
        gated.open()
        assert (await chat).turns == 2

    asyncio.run(main())


def test_giving_up_on_a_chat_of_ones_own_cancels_it(system: AgentSystem, gated: Gated) -> None:
    """``a_initiate_chat`` is its only owner: when its task is cancelled nobody wants it."""
    alice = Silent("alice")
    system.spawn(Silent, "anyone")

    async def main() -> None:
        task = asyncio.ensure_future(alice.a_initiate_chat(gated, "hello", silent=True))
        assert await asyncio.to_thread(gated.begun.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert system._runtime.chats == {}
    assert alice.last_message("gated") is not None


def test_closing_the_system_settles_a_chat(gated: Gated) -> None:
    """Whoever waits for it is told, whenever they ask."""
    with connect("thread") as system:
        chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)
        assert gated.begun.wait(PATIENCE)
    assert chat.done()
    with pytest.raises(SystemClosedError):
        chat.result(0)


def test_many_threads_can_wait_for_one_chat(system: AgentSystem, gated: Gated) -> None:
    """All get the same result."""
    chat = system.spawn(Silent, "alice").start_chat(gated, "hello", silent=True)
    assert gated.begun.wait(PATIENCE)
    results: list[Any] = []
    waiting = [
        threading.Thread(target=lambda: results.append(chat.result(PATIENCE))) for _ in range(8)
    ]
    for each in waiting:
        each.start()
    gated.open()
    for each in waiting:
        each.join(PATIENCE)
    assert len(results) == 8
    assert {id(each) for each in results} == {id(chat.result(0))}


async def _await(chat: Any) -> Any:
    return await chat
