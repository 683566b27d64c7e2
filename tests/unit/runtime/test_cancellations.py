"""What was cancelled is remembered, so that what arrives later of it costs nothing."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from agentcore import AgentSystem, ChatTimeoutError, ConversableAgent, Message, agent_reply, connect
from agentcore.protocol.packets import Cancel
from agentcore.runtime import cancellations
from agentcore.runtime.turns.table import TURNS

PATIENCE = 30.0  # seconds; only a test that fails waits that long


class Asks(ConversableAgent):
    """Has a blocking model, or a blocking rule that goes on sending."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls = 0
        self.begun, self.go_on = threading.Event(), threading.Event()

    @agent_reply()
    def answer(self, raw_message: Message) -> tuple[bool, Any]:
        self.calls += 1
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return True, f"heard {raw_message.content}"


@pytest.fixture
def system() -> Any:
    with connect("thread") as opened:
        yield opened


def test_a_system_looks_nothing_up_until_something_is_cancelled(system: AgentSystem) -> None:
    """Messages of a system in which nothing is ever cancelled cost what they cost before."""
    runtime = system._runtime
    assert runtime.turns is TURNS
    runtime.cancellations.receive(Cancel("gone", "nobody"))
    assert runtime.turns is not TURNS
    assert (runtime.was_cancelled("gone"), runtime.was_cancelled("other")) == (True, False)


def test_only_what_was_cancelled_last_is_remembered(
    system: AgentSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the number of cancellations."""
    monkeypatch.setattr(cancellations, "KEPT", 3)
    for number in range(10):
        system._runtime.cancellations.receive(Cancel(str(number), "nobody"))
    kept = [number for number in range(10) if system._runtime.was_cancelled(str(number))]
    assert kept == [7, 8, 9]


def test_what_a_blocking_rule_says_too_late_is_recorded_nowhere(system: AgentSystem) -> None:
    """It cannot be interrupted. The conversation stops at once, and the agent goes on after it."""
    agent, user = Asks("agent"), ConversableAgent("user")
    chat = user.start_chat(agent, "hello", silent=True)
    keeps = ConversableAgent("other").start_chat(agent, "next", silent=True, max_turns=2)
    assert agent.begun.wait(PATIENCE)
    assert chat.cancel()
    assert chat.result(PATIENCE).stop.kind == "CANCELLED"
    agent.go_on.set()
    assert [each.content for each in keeps.result(PATIENCE).transcript] == ["next", "heard next"]
    assert [each.content for each in agent.get_chat_messages("user")] == ["hello"]
    assert [each.content for each in user.get_chat_messages("agent")] == ["hello"]


def test_the_request_to_a_model_is_cancelled(system: AgentSystem) -> None:
    """By the conversation that it is for, and by its timeout; nothing of it is recorded."""
    begun, ended = threading.Semaphore(0), threading.Semaphore(0)

    class Slow:
        async def complete(self, messages: Any, **options: Any) -> str:
            begun.release()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.release()
                raise
            return "never"

    agent, user = ConversableAgent("agent", llm=Slow()), ConversableAgent("user")
    chat = user.start_chat(agent, "hello", silent=True)
    assert begun.acquire(timeout=PATIENCE)
    chat.cancel()
    assert chat.result(PATIENCE).stop.kind == "CANCELLED"
    with pytest.raises(ChatTimeoutError):
        user.initiate_chat(agent, "hello", silent=True, timeout=0.2)
    assert [each.content for each in agent.get_chat_messages("user")] == ["hello"]
    assert ended.acquire(timeout=PATIENCE)
