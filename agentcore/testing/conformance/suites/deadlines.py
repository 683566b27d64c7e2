"""Conformance: deadlines and cancellation."""

from __future__ import annotations

import asyncio
import time

import pytest

from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.failing import Never
from agentcore.testing.conformance.agents.sending import Sends
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF

__all__ = ["Deadlines"]


class Deadlines:
    """Conversations that are given up: at a deadline, or because somebody cancels them."""

    def test_a_recipient_that_never_answers_is_given_up_at_the_timeout(
        self, system: AgentSystem
    ) -> None:
        """The ``ChatTimeoutError`` has the transcript up to then."""
        never = system.spawn(Never, "never")
        user = Says("user", None)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(never, "hello", user, timeout=0.2)
        assert caught.value.result is not None
        assert caught.value.result.stop.kind == "DEADLINE"
        assert said(caught.value.result) == ["hello"]
        assert user.heard("never") == [("assistant", "hello")]

    @DEF_AND_ASYNC_DEF
    def test_a_deadline_travels_to_nested_conversations(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The stop reason is the deadline, even if a nested conversation reached it."""
        system.spawn(Never, "never")
        agent = system.spawn(Sends, "agent", "never", later=later)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(agent, "hello", timeout=0.2)
        assert caught.value.result is not None
        assert caught.value.result.stop.kind == "DEADLINE"

    @DEF_AND_ASYNC_DEF
    def test_a_send_may_have_a_timeout_of_its_own(self, system: AgentSystem, later: bool) -> None:
        """The error is raised in the rule, which may catch it and go on."""
        system.spawn(Never, "never")
        agent = system.spawn(
            Sends, "agent", "never", later=later, catches=True, sending={"timeout": 0.1}
        )
        assert said(ask(agent, "hello")) == ["hello", "hello", "caught ChatTimeoutError"]

    def test_a_conversation_that_stops_in_time_has_no_deadline_left(
        self, system: AgentSystem
    ) -> None:
        """Its timeout does not affect the conversations after it."""
        agent = system.spawn(Says, "agent")
        first = ask(agent, "hello", timeout=30)
        assert (first.stop.kind, ask(agent, "hello").turns) == ("NO_REPLY", 2)

    def test_asking_for_a_result_in_vain_leaves_the_conversation_alone(
        self, system: AgentSystem
    ) -> None:
        """``result(timeout)`` gives up; the conversation goes on, until it is cancelled."""
        never = system.spawn(Never, "never")
        chat = Says("user", None).start_chat(never, "hello", silent=True)
        with pytest.raises(ChatTimeoutError, match="goes on"):
            chat.result(0.05)
        assert not chat.done()
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    def test_a_conversation_can_be_cancelled_as_soon_as_it_was_started(
        self, system: AgentSystem
    ) -> None:
        """It stops whether or not its first message has been delivered."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=-1)
        user = system.spawn(Counts, "user", max_consecutive_auto_reply=-1)
        chat = user.start_chat(agent, "0", silent=True, max_turns=1_000_000)
        assert chat.cancel()
        began = time.monotonic()
        result = chat.result()
        assert result.stop.kind == "CANCELLED"
        assert time.monotonic() - began < 30
        assert not chat.cancel()
        assert [int(text) for text in said(result)] == list(range(result.turns))

    def test_a_conversation_that_is_awaited_in_vain_is_cancelled_with_its_task(
        self, system: AgentSystem
    ) -> None:
        """``asyncio.timeout`` around ``a_initiate_chat`` cancels the task and the conversation."""
        never = system.spawn(Never, "never")
        user = Says("user", None)

        async def main() -> None:
            async with asyncio.timeout(0.2):
                await user.a_initiate_chat(never, "hello", silent=True)

        with pytest.raises(TimeoutError):
            asyncio.run(main())
        assert ask(system.spawn(Says, "agent"), "hello", user).stop.kind == "NO_REPLY"
