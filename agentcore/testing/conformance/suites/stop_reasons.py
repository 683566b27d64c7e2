"""Conformance: why a conversation stops."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.conditions import MaxMessages
from agentcore.protocol.stop import StopKind
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says, calls_it_a_day
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["StopReasons"]

ALL_AT_ONCE: list[tuple[str, dict[str, Any]]] = [
    ("TERMINATE", {"metadata": {"TERMINATE": True}}),
    ("TERMINATION_MESSAGE", {"content": "enough for a day"}),
    ("CONDITION", {"until": MaxMessages(1)}),
    ("MAX_TURNS", {"max_turns": 1}),
    ("MAX_AUTO_REPLY", {}),
]


class StopReasons:
    """Each reason to stop, and which of several is named."""

    def test_a_rule_that_answers_nothing_stops_with_no_reply(self, system: AgentSystem) -> None:
        """The reason names agent, rule and message."""
        agent = system.spawn(Says, "agent", None)
        stop = ask(agent, "hello").stop
        assert (stop.kind, stop.agent, stop.rule) == ("NO_REPLY", "agent", "say")
        assert stop.message is not None
        assert stop.message.content == "hello"

    def test_an_agent_without_a_final_rule_stops_with_no_rule(self, system: AgentSystem) -> None:
        """No rule decides, and there is no default reply."""
        agent = system.spawn(Player, "agent")
        stop = ask(agent, "hello").stop
        assert (stop.kind, stop.agent, stop.rule) == ("NO_RULE", "agent", None)

    def test_a_message_with_terminate_in_its_metadata_is_recorded_and_not_answered(
        self, system: AgentSystem
    ) -> None:
        """The agent that receives the message stops the conversation."""
        agent = system.spawn(Says, "agent", {"content": "x", "metadata": {"TERMINATE": 1}})
        user = Says("user", "never said")
        result = ask(agent, "hello", user)
        assert (result.stop.kind, result.stop.agent) == ("TERMINATE", "user")
        assert said(result) == ["hello", "x"]
        assert user.heard("agent")[-1] == ("user", "x")

    def test_the_key_may_be_in_chinese_as_in_byzer_agent(self, system: AgentSystem) -> None:
        """It means the same."""
        agent = system.spawn(Says, "agent", "never said")
        stop = ask(agent, {"content": "x", "metadata": {"终止": True}}).stop
        assert (stop.kind, stop.agent) == ("TERMINATE", "agent")

    @pytest.mark.parametrize("value", [False, None, 0, ""])
    def test_only_a_true_terminate_stops(self, system: AgentSystem, value: Any) -> None:
        """A false value is metadata like any other."""
        agent = system.spawn(Says, "agent", None)
        result = ask(agent, {"content": "x", "metadata": {"TERMINATE": value}})
        assert result.stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("text", ["TERMINATE", "done, TERMINATE \n", "终止 "])
    def test_a_message_that_ends_with_terminate_stops(self, system: AgentSystem, text: str) -> None:
        """This is the default of ``is_termination_msg``."""
        agent = system.spawn(Says, "agent")
        result = ask(agent, text)
        assert (result.stop.kind, said(result)) == ("TERMINATION_MESSAGE", [text])
        assert agent.call("heard", "user") == [("user", text)]

    def test_an_agent_may_know_its_own_termination_messages(self, system: AgentSystem) -> None:
        """``is_termination_msg`` replaces the default."""
        agent = system.spawn(Says, "agent", None, is_termination_msg=calls_it_a_day)
        assert ask(agent, "call it a day").stop.kind == "TERMINATION_MESSAGE"
        assert ask(agent, "not yet TERMINATE").stop.kind == "NO_REPLY"

    @pytest.mark.parametrize("limit", [0, 1, 3])
    def test_an_agent_answers_as_often_as_its_limit_allows_and_no_more(
        self, system: AgentSystem, limit: int
    ) -> None:
        """``max_consecutive_auto_reply`` is exactly reached; the message after it is recorded."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=limit)
        result = Counts("user").initiate_chat(agent, "0", silent=True)
        assert (result.stop.kind, result.stop.agent) == ("MAX_AUTO_REPLY", "agent")
        assert said(result) == [str(n) for n in range(2 * limit + 1)]
        assert len(agent.call("heard", "user")) == 2 * limit + 1

    def test_the_limit_counts_each_conversation_anew(self, system: AgentSystem) -> None:
        """Also if the history is kept, and with another peer."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=2)
        user = Counts("user")
        for clear in (True, False):
            result = user.initiate_chat(agent, "0", silent=True, clear_history=clear)
            assert result.turns == 5
        assert Counts("other").initiate_chat(agent, "0", silent=True).turns == 5

    def test_the_limit_can_be_set_for_one_sender(self, system: AgentSystem) -> None:
        """By ``update_max_consecutive_auto_reply(value, sender)``."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=3)
        agent.call("update_max_consecutive_auto_reply", 1, "user")
        assert Counts("user").initiate_chat(agent, "0", silent=True).turns == 3
        assert Counts("other").initiate_chat(agent, "0", silent=True).turns == 7
        agent.call("update_max_consecutive_auto_reply", 2)
        assert Counts("user").initiate_chat(agent, "0", silent=True).turns == 5

    def test_without_a_limit_the_budget_stops_it(self, system: AgentSystem) -> None:
        """``-1`` means no limit; ``max_turns`` is the number of messages all the same."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=-1)
        user = Counts("user", max_consecutive_auto_reply=-1)
        result = user.initiate_chat(agent, "0", silent=True, max_turns=501)
        assert (result.stop.kind, result.turns) == ("MAX_TURNS", 501)
        assert result.last_message is not None
        assert result.last_message.content == "500"
        assert len(agent.call("heard", "user")) == 501  # the one that reached it was recorded

    def test_a_conversation_is_flat(self, system: AgentSystem) -> None:
        """3,000 turns fit into the default recursion limit, because no reply is nested."""
        agent = system.spawn(Counts, "agent", max_consecutive_auto_reply=-1)
        user = Counts("user", max_consecutive_auto_reply=-1)
        assert user.initiate_chat(agent, "0", silent=True, max_turns=3000).turns == 3000

    @pytest.mark.parametrize("first", range(len(ALL_AT_ONCE)), ids=[k for k, _ in ALL_AT_ONCE])
    def test_of_several_reasons_that_hold_at_once_the_first_in_order_is_named(
        self, system: AgentSystem, first: int
    ) -> None:
        """All of the reasons from this one on hold at the first message."""
        options: dict[str, Any] = {"content": "hello"}
        for _, holds in ALL_AT_ONCE[first:]:
            options |= holds
        message = {key: options.pop(key) for key in ("content", "metadata") if key in options}
        agent = system.spawn(
            Says, "agent", max_consecutive_auto_reply=0, is_termination_msg=calls_it_a_day
        )
        result = ask(agent, message, **options)
        assert result.stop.kind == ALL_AT_ONCE[first][0]
        assert (result.turns, len(agent.call("heard", "user"))) == (1, 1)

    def test_every_kind_is_a_text(self, system: AgentSystem) -> None:
        """``result.stop.kind == "NO_REPLY"``; the reason can be printed, too."""
        stop = ask(system.spawn(Says, "agent", None), "hello").stop
        assert stop.kind is StopKind.NO_REPLY
        assert str(stop) == "NO_REPLY at agent, rule say"
