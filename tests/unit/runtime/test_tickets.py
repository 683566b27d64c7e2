"""Handles of what was asked for: each is settled once, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from agentcore import AgentDiedError, AgentRef, SystemClosedError, connect
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer
from agentcore.runtime.tickets import Tickets


@pytest.fixture
def tickets() -> Iterator[Tickets]:
    """The tickets of a runtime on threads."""
    with connect("thread") as system:
        yield system._runtime.tickets


def peer(name: str, place: str = "") -> AgentRef:
    return AgentRef(name, "system", place)


def test_an_answer_settles_the_handle_that_it_is_for(tickets: Tickets) -> None:
    """And no other."""
    one, other = tickets.new((peer("alice"),), "1"), tickets.new((peer("bob"),), "2")
    tickets.receive(Answer("1", Outcome("yes")))
    assert one.done()
    assert one.result() == "yes"  # type: ignore[comparison-overlap]
    assert not other.done()


def test_only_the_first_answer_counts(tickets: Tickets) -> None:
    """A later one finds no ticket, and is dropped."""
    chat = tickets.new((peer("alice"),), "1")
    for value in ("first", "second"):
        tickets.settle("1", Outcome(value))
    assert chat.result() == "first"  # type: ignore[comparison-overlap]


def test_what_a_process_was_to_answer_fails_with_it(tickets: Tickets) -> None:
    """The place of the agent that was asked counts, and not that of those who follow."""
    asked_there = tickets.new((peer("alice", "there"), peer("bob", "here")), "1")
    asked_here = tickets.new((peer("bob", "here"), peer("alice", "there")), "2")
    tickets.lost("there")
    with pytest.raises(AgentDiedError, match="'alice' died"):
        asked_there.result()
    assert not asked_here.done()


def test_all_handles_can_be_given_up(tickets: Tickets) -> None:
    """As when the system is closed."""
    chats = [tickets.new((peer("alice"),), str(number)) for number in range(3)]
    tickets.give_up(SystemClosedError("closed"))
    for chat in chats:
        with pytest.raises(SystemClosedError):
            chat.result()


def test_the_oldest_is_given_up_first(tickets: Tickets) -> None:
    """Until there is none."""
    first, second = (tickets.new((peer("alice"),), str(number)) for number in range(2))
    assert tickets.give_up_oldest(SystemClosedError("closed"))
    assert (first.done(), second.done()) == (True, False)
    assert tickets.give_up_oldest(SystemClosedError("closed"))
    assert not tickets.give_up_oldest(SystemClosedError("closed"))


def test_waiting_ends_with_its_time(tickets: Tickets) -> None:
    """The handle is not settled by that."""
    chat = tickets.new((peer("alice"),), "1")
    assert tickets.wait_for(chat, 0.0) is None
    assert not chat.done()


def test_a_handle_is_awaited_on_a_loop_of_the_users(tickets: Tickets) -> None:
    """It may be settled on any thread."""
    chat = tickets.new((peer("alice"),), "1")

    async def wait() -> Any:
        asyncio.get_running_loop().call_soon(tickets.settle, "1", Outcome("yes"))
        return await chat

    assert asyncio.run(wait()) == "yes"
