"""Threads of tools that send messages: they end with their turn, or with the system."""

from __future__ import annotations

import threading

import pytest

from agentcore import (
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    SystemClosedError,
    TurnError,
    connect,
    tool,
)
from agentcore.models import ToolCall
from agentcore.testing import ScriptedModel
from tests.unit.runtime.turns.waiting_agents import (
    PATIENCE,
    Later,
    Speaks,
    agent_behind,
    user,
)


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
        user().initiate_chat(worker, "hello", silent=True, timeout=1.0)
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
        dave = agent_behind(system.spawn(Later, "dave"))
        model = ScriptedModel(calls)
        chat = user().start_chat(system.spawn(Worker, "worker", model), "hello", silent=True)
        assert dave.begun.wait(PATIENCE)
    with pytest.raises(SystemClosedError):
        chat.result(PATIENCE)
    ended.wait()
