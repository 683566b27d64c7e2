"""Turns of ``async def`` rules that may never end by themselves."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from agentcore import (
    AgentDiedError,
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    StopKind,
    agent_reply,
    connect,
)
from tests.unit.runtime.turns.waiting_agents import PATIENCE, user


class Sleeper(ConversableAgent):
    """Never answers the first message, and every later one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Event()

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        """Wait for what never comes, once."""
        if not self.begun.is_set():
            self.begun.set()
            await asyncio.Event().wait()
        return True, "awake"


class Waiter(ConversableAgent):
    """Asks another before it answers."""

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Ask."""
        self.send("are you awake?", "sleeper")
        return True, "done"


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_a_rule_that_awaits_in_vain_ends_with_its_conversations_time(backend: str) -> None:
    """The conversation stops at its deadline, and the agent is there for the next one."""
    with connect(backend) as system:
        sleeper = system.spawn(Sleeper, "sleeper")
        with pytest.raises(ChatTimeoutError) as caught:
            user().initiate_chat(sleeper, "hello", silent=True, timeout=0.1)
        assert caught.value.result is not None
        assert caught.value.result.stop.kind is StopKind.DEADLINE
        result = user().initiate_chat(sleeper, "hello?", silent=True, timeout=PATIENCE)
        assert [entry.content for entry in result.transcript] == ["hello?", "awake"]


def test_closing_an_agent_that_awaits_fails_its_conversation(system: AgentSystem) -> None:
    """Whoever waits for its answer is told at once."""
    sleeper = Sleeper("sleeper")
    chat = user().start_chat(sleeper, "hello", silent=True)
    assert sleeper.begun.wait(PATIENCE)
    system.agent("sleeper").close()
    with pytest.raises(AgentDiedError, match="sleeper"):
        chat.result(PATIENCE)


def test_closing_an_agent_that_waits_for_another_fails_its_conversation(
    system: AgentSystem,
) -> None:
    """So for one that waits in a nested send."""
    sleeper = Sleeper("sleeper")
    other = sleeper.start_chat(system.spawn(Sleeper, "other"), "hello", silent=True)
    waiter = system.spawn(Waiter, "waiter")
    chat = user().start_chat(waiter, "hello", silent=True)
    assert sleeper.begun.wait(PATIENCE)
    waiter.close()
    with pytest.raises(AgentDiedError, match="waiter"):
        chat.result(PATIENCE)
    other.cancel()
