"""Conformance: what is cancelled stops at once, with all that was begun for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.cancelled import Hangs, Passes, Waits
from agentcore.testing.conformance.agents.failing import Never
from agentcore.testing.conformance.dialogue import ask, eventually, said

__all__ = ["Cancelling"]

BY_AWAIT = ["send_later", "send_in_tasks", "ask_them_later"]
BLOCKING = ["send_on", "call_it", "start_it", "ask_them"]


class Cancelling:
    """Cancelled tasks and conversations: rules, nested conversations, calls, questions, streams."""

    def test_a_rule_is_cancelled_with_its_conversation(self, system: AgentSystem) -> None:
        """The agent is free for the next message, and both know the same of the conversation."""
        user, hangs = Waits(), system.spawn(Hangs, "hangs")
        result = _cancelled(user, hangs)
        assert (result.stop.kind, said(result)) == ("CANCELLED", ["hello"])
        heard = user.heard("hangs")
        assert hangs.call("heard", "user") == [(_OTHER[role], content) for role, content in heard]
        _is_free(hangs)

    @pytest.mark.parametrize("how", BY_AWAIT + BLOCKING)
    def test_nested_conversations_are_cancelled_down_the_tree(
        self, system: AgentSystem, how: str
    ) -> None:
        """However an agent waits for another: both are free, and nothing is begun any more."""
        hangs = system.spawn(Hangs, "hangs")
        passes = system.spawn(Passes, "passes", "hangs", how)
        assert _cancelled(Waits(), passes).stop.kind == "CANCELLED"
        _is_free(hangs)
        failed = ["TurnError", "TurnError"] if how == "send_on" else []
        assert passes.call("know", "failed") == failed

    def test_a_timeout_cancels_what_was_begun_in_it(self, system: AgentSystem) -> None:
        """As far down as the nested conversations go."""
        user, hangs = Waits(), system.spawn(Hangs, "hangs")
        system.spawn(Passes, "first", "second", "send_later")
        system.spawn(Passes, "second", "hangs", "send_later")
        with pytest.raises(ChatTimeoutError):
            user.initiate_chat("first", "hello", silent=True, timeout=0.3)
        _is_free(hangs)

    @pytest.mark.parametrize("how", ["chat", "a_initiate_chat", "a_send", "a_call"])
    def test_a_cancelled_task_cancels_what_it_awaited(self, system: AgentSystem, how: str) -> None:
        """As ``asyncio.wait_for`` and a client that disconnects cancel it."""
        user, hangs = Waits(), system.spawn(Hangs, "hangs")
        passes = system.spawn(Passes, "passes", "hangs", "send_later")
        hosted = user.start_chat(system.spawn(Never, "never"), "hello", silent=True)

        async def work() -> None:
            awaitables: dict[str, Callable[[], Awaitable[Any]]] = {
                "chat": lambda: user.start_chat(passes, "hello", silent=True),
                "a_initiate_chat": lambda: user.a_initiate_chat(passes, "hello", silent=True),
                "a_send": lambda: user.a_send("hello", passes, silent=True),
                "a_call": lambda: passes.a_call("work_through"),
            }
            await awaitables[how]()

        _cancel_task(user, work)
        assert not hosted.done()
        hosted.cancel()
        _is_free(hangs)

    def test_a_message_that_waits_for_its_turn_is_not_answered_any_more(
        self, system: AgentSystem
    ) -> None:
        """It is recorded on both sides; no rule is called for it."""
        user, second, spare = Waits(), Waits("second"), system.spawn(Waits, "spare")
        hangs = system.spawn(Hangs, "hangs")
        begun: list[bool] = []
        user.told = lambda: begun.append(True)
        chat = user.start_chat(hangs, "hello", silent=True)
        eventually(lambda: spare.call("know", "name") and begun)
        other = second.start_chat(hangs, "me too", silent=True)
        eventually(lambda: spare.call("know", "name") and second.heard("hangs"))
        other.cancel()
        chat.cancel()
        assert [each.result(20).stop.kind for each in (chat, other)] == ["CANCELLED"] * 2
        eventually(lambda: hangs.call("heard", "second") == [("user", "me too")])
        _is_free(hangs)

    def test_a_stream_is_closed_when_its_reader_is_cancelled(self, system: AgentSystem) -> None:
        """An ``async for`` whose task is cancelled ends the source, although it kept the reader."""
        agent = system.spawn(Hangs, "agent")
        user = Waits()
        stream_id = ask(agent, "stream", user).transcript[-1].metadata["stream_id"]
        reader = user.get_agent_stream_messages(agent, stream_id)

        async def read() -> None:
            async for _ in reader:
                user.told()

        _cancel_task(user, read)
        eventually(lambda: bool(agent.call("know", "cancelled") == 1))


_OTHER = {"user": "assistant", "assistant": "user"}


def _cancelled(user: Waits, recipient: AgentRef) -> Any:
    """Begin a conversation, cancel it when an agent has begun to hang, and give its result."""
    started = threading.Event()

    def cancel() -> None:
        assert started.wait(20)
        chat.cancel()

    user.told = cancel
    chat = user.start_chat(recipient, "hello", silent=True)
    started.set()
    return chat.result(20)


def _cancel_task(user: Waits, work: Callable[[], Awaitable[Any]]) -> None:
    """Run a task, and cancel it when an agent has begun to hang."""

    async def main() -> None:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        user.told = lambda: loop.call_soon_threadsafe(begun.set)
        task = asyncio.ensure_future(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(main(), 20))


def _is_free(hangs: AgentRef) -> None:
    """Check that the rule of an agent was cancelled, and that the agent takes turns."""
    assert said(ask(hangs, "quick"))[-1] == "at once"
    assert (hangs.call("know", "calls"), hangs.call("know", "cancelled")) == (1, 1)
