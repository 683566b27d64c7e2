"""Conformance: what agents remember of what was said."""

from __future__ import annotations

import pytest

from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Forgets, Says
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Histories"]


class Histories:
    """Each agent's history with each of its peers."""

    def test_each_keeps_its_own_words_as_assistant_and_its_peers_as_user(
        self, system: AgentSystem
    ) -> None:
        """The two histories mirror each other."""
        agent = system.spawn(Says, "agent", "Hello, world!")
        user = Says("user", None)
        user.initiate_chat(agent, "hello", silent=True)
        assert user.heard("agent") == [("assistant", "hello"), ("user", "Hello, world!")]
        assert agent.call("heard", "user") == [("user", "hello"), ("assistant", "Hello, world!")]

    def test_a_new_conversation_clears_the_history_of_the_two_unless_told_otherwise(
        self, system: AgentSystem
    ) -> None:
        """Histories with other agents are kept either way."""
        agent = system.spawn(Says, "agent")
        user, other = Says("user", None), Says("other", None)
        other.initiate_chat(agent, "zero", silent=True)
        user.initiate_chat(agent, "one", silent=True)
        user.initiate_chat(agent, "two", silent=True, clear_history=False)
        assert [content for _, content in agent.call("heard", "user")] == [
            "one", "agent heard one", "two", "agent heard two",
        ]  # fmt: skip
        assert len(user.heard("agent")) == 4
        user.initiate_chat(agent, "three", silent=True)
        assert len(user.heard("agent")) == len(agent.call("heard", "user")) == 2
        assert len(agent.call("heard", "other")) == 2

    def test_the_last_message_is_that_of_one_peer_or_of_the_only_one(
        self, system: AgentSystem
    ) -> None:
        """``None`` without peers; ``ValueError`` with several; ``KeyError`` for a stranger."""
        agent = system.spawn(Says, "agent")
        assert agent.call("ask_for_last") is None
        ask(agent, "one")
        assert agent.call("ask_for_last") == "agent heard one"
        Says("other", None).initiate_chat(agent, "two", silent=True)
        assert agent.call("ask_for_last", "other") == "agent heard two"
        with pytest.raises(Exception, match="ValueError"):
            agent.call("ask_for_last")
        with pytest.raises(Exception, match="KeyError"):
            agent.call("ask_for_last", "stranger")

    def test_clearing_the_history_forgets_one_peer_or_everyone(self, system: AgentSystem) -> None:
        """These are ``clear_history("user")`` and ``clear_history()``."""
        agent = system.spawn(Says, "agent")
        ask(agent, "one")
        Says("other", None).initiate_chat(agent, "two", silent=True)
        agent.call("clear_history", "user")
        assert agent.call("heard", "user") == []
        assert len(agent.call("heard", "other")) == 2
        agent.call("clear_history")
        assert agent.call("heard", "other") == []

    def test_a_rule_that_forgets_everything_still_records_its_answer(
        self, system: AgentSystem
    ) -> None:
        """The rule calls ``clear_history()`` during its turn."""
        agent = system.spawn(Forgets, "agent")
        assert said(ask(agent, "hello")) == ["hello", "what?"]
        assert agent.call("heard", "user") == [("assistant", "what?")]
