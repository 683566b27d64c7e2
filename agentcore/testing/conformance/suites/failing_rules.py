"""Conformance: rules and methods that fail."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyError, ReplyTypeError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Returns, Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.failing import Raises
from agentcore.testing.conformance.agents.sending import Sends
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF

__all__ = ["FailingRules"]


class FailingRules:
    """A rule that fails is one clear typed error, and other conversations go on."""

    @DEF_AND_ASYNC_DEF
    @pytest.mark.parametrize("how", ["value", "unpicklable", "exit"])
    def test_a_rule_that_raises_fails_its_conversation_and_no_other(
        self, system: AgentSystem, how: str, later: bool
    ) -> None:
        """The error names agent and rule, has the traceback as text, and what was said."""
        agent = system.spawn(Raises, "agent", how, later)
        user = Says("user", None)
        other = Says("other", None).start_chat(system.spawn(Says, "well"), "hello", silent=True)
        for _ in range(2):  # the agent is as good as new
            with pytest.raises(ReplyError, match="broken") as caught:
                ask(agent, "hello", user)
        error = caught.value
        assert (error.agent, error.rule) == ("agent", "break_later" if later else "break_down")
        assert "in break_down" in error.traceback
        assert error.result is not None
        assert (error.result.stop.kind, error.result.stop.agent) == ("FAILED", "agent")
        assert said(error.result) == ["hello"]
        assert user.heard("agent") == [("assistant", "hello")]
        assert other.result().stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("asker", [Asks, AsksLater], ids=["def", "async def"])
    def test_a_failure_deep_down_names_its_root_and_has_the_whole_transcript(
        self, system: AgentSystem, asker: type[Asks]
    ) -> None:
        """The transcript has the messages of every conversation on the way to the failure."""
        system.spawn(Raises, "carol")
        system.spawn(asker, "bob", {"alice": ["carol"]})
        alice = system.spawn(asker, "alice", {"user": ["bob"]})
        with pytest.raises(ReplyError) as caught:
            ask(alice, "who?")
        assert (caught.value.agent, caught.value.rule) == ("carol", "break_down")
        result = caught.value.result
        assert result is not None
        assert [(e.sender, e.recipient, e.depth) for e in result.transcript] == [
            ("user", "alice", 0), ("alice", "bob", 1), ("bob", "carol", 2),
        ]  # fmt: skip
        assert result.stop.agent == "alice"

    def test_a_rule_can_catch_the_failure_of_what_it_sent(self, system: AgentSystem) -> None:
        """The rule goes on and answers."""
        system.spawn(Raises, "carol")
        for later in (False, True):
            agent = system.spawn(Sends, f"agent-{later}", "carol", catches=True, later=later)
            assert said(ask(agent, "go")) == ["go", "go", "caught ReplyError"]

    @pytest.mark.parametrize(
        "value",
        [
            (True, 42),
            (True, object),
            (True, {"content": 5}),
            None,
            "text",
            (True,),
            ("yes", "text"),
            (True, {"content": "x", "metadata": "no dict"}),
        ],
        ids=str,
    )
    def test_a_rule_that_returns_what_is_no_reply_is_named(
        self, system: AgentSystem, value: Any
    ) -> None:
        """The ``ReplyTypeError`` is raised at the rule, not where the value would be used."""
        agent = system.spawn(Returns, "agent", value)
        with pytest.raises(ReplyTypeError, match="rule give of agent 'agent'") as caught:
            ask(agent, "hello")
        assert (caught.value.agent, caught.value.rule) == ("agent", "give")

    @pytest.mark.parametrize("value", ["", {}, {"content": ""}, {"content": None}], ids=str)
    def test_a_rule_that_returns_an_empty_message_is_named(
        self, system: AgentSystem, value: Any
    ) -> None:
        """The cause is ``EmptyMessageError``; to say nothing, a rule returns ``None``."""
        agent = system.spawn(Returns, "agent", (True, value))
        with pytest.raises(ReplyError, match="EmptyMessageError") as caught:
            ask(agent, "hello")
        assert caught.value.rule == "give"

    def test_a_method_that_raises_is_named(self, system: AgentSystem) -> None:
        """A method that does not exist is named, too."""
        agent = system.spawn(Raises, "agent")
        with pytest.raises(ReplyError, match="break_down of agent 'agent' raised ValueError"):
            agent.call("break_down")
        with pytest.raises(ReplyError, match="break_later of agent 'agent' raised ValueError"):
            agent.call("break_later")
        with pytest.raises(ReplyError, match="AttributeError"):
            agent.call("no_such_method")
