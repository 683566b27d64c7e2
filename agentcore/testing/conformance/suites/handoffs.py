"""Conformance: conversations that are handed on to another agent."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import AgentDiedError, ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks, Relays
from agentcore.testing.conformance.agents.handing_off import Hands
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Handoffs"]


def routes(result: Any) -> list[tuple[str, str]]:
    """Give who spoke to whom, in the conversation itself."""
    return [(e.sender, e.recipient) for e in result.transcript if not e.depth]


class Handoffs:
    """A rule that returns a `Handoff`."""

    def test_a_conversation_goes_on_with_whom_it_is_handed_to(self, system: AgentSystem) -> None:
        """The initiator gets the handoff message, and the answers of the other agent after it."""
        desk = system.spawn(Hands, "desk", ("till", "a refund"))
        till = system.spawn(Says, "till", "here you are")
        user = Says("user", None)
        result = ask(desk, "money!", user)
        assert routes(result) == [("user", "desk"), ("desk", "till"), ("till", "user")]
        assert said(result) == ["money!", "a refund", "here you are"]
        assert dict(result.transcript[1].metadata["handoff"]) == {"from": "desk", "to": "till"}
        assert (result.stop.kind, result.stop.agent) == ("NO_REPLY", "user")
        assert user.heard("desk") == [("assistant", "money!"), ("user", "a refund")]
        assert user.heard("till") == [("assistant", "a refund"), ("user", "here you are")]
        assert desk.call("heard", "user") == [("user", "money!"), ("assistant", "a refund")]
        assert till.call("heard", "user") == [("user", "a refund"), ("assistant", "here you are")]
        assert till.call("heard", "desk") == []

    def test_without_words_of_its_own_what_was_said_is_handed_on(self, system: AgentSystem) -> None:
        """The last message is passed on, under the name of the agent that hands off."""
        system.spawn(Says, "till")
        result = ask(system.spawn(Hands, "desk", "till"), "money!")
        assert said(result) == ["money!", "money!", "till heard money!"]
        assert result.transcript[1].message.name == "desk"

    def test_the_initiator_can_hand_on_too(self, system: AgentSystem) -> None:
        """Another agent answers in its place, and then converses with it."""
        system.spawn(Says, "desk", "ask the till")
        till = system.spawn(Says, "till", "here you are")
        user = system.spawn(Hands, "user", ("till", "a refund"))
        result = user.initiate_chat("desk", "money!", silent=True)
        assert said(result) == ["money!", "ask the till", "a refund", "here you are"]
        assert routes(result) == [
            ("user", "desk"), ("desk", "user"), ("user", "till"), ("till", "user"),
        ]  # fmt: skip
        assert till.call("heard", "user") == [("user", "a refund"), ("assistant", "here you are")]

    def test_a_conversation_can_come_back(self, system: AgentSystem) -> None:
        """Two agents hand off to each other, and each keeps its history."""
        system.spawn(Hands, "desk", ("till", "one"), ("till", "three"), answer="four")
        system.spawn(Hands, "till", ("desk", "two"), answer="done")
        result = ask("desk", "zero")
        assert said(result) == ["zero", "one", "two", "three", "done"]
        assert routes(result)[1:4] == [("desk", "till"), ("till", "desk"), ("desk", "till")]
        assert system.agent("desk").call("heard", "user") == [
            ("user", "zero"), ("assistant", "one"), ("user", "two"), ("assistant", "three"),
        ]  # fmt: skip

    def test_histories_with_whom_it_is_handed_to_begin_anew_too(self, system: AgentSystem) -> None:
        """Both sides forget what was said before, or neither does."""
        till = system.spawn(Says, "till", "yes")
        system.spawn(Hands, "desk", "till", "till", "till")
        user = Says("user", None)
        for text, clear, count in (("one", True, 1), ("two", True, 1), ("three", False, 2)):
            ask("desk", text, user, clear_history=clear)
            assert len(user.heard("till")) == len(till.call("heard", "user")) == 2 * count
            assert user.heard("till")[-2] == ("assistant", text)

    def test_a_chain_of_three_ends_with_the_last(self, system: AgentSystem) -> None:
        """The agents may be on different hosts."""
        for name, to in (("a", "b"), ("b", "c"), ("c", "d")):
            system.spawn(Hands, name, to)
        system.spawn(Says, "d", "that is me")
        result = ask("a", "who?")
        assert [e.sender for e in result.transcript] == ["user", "a", "b", "c", "d"]
        assert result.last_message is not None
        assert result.last_message.content == "that is me"

    def test_a_handoff_to_nobody_fails_the_rule(self, system: AgentSystem) -> None:
        """The error names the agent that is missing; no history records the handoff."""
        system.spawn(Says, "till")
        desk = system.spawn(Hands, "desk", "tilll")
        with pytest.raises(ReplyError, match=r"'tilll'.*did you mean 'till'") as caught:
            ask(desk, "money!")
        assert (caught.value.agent, caught.value.rule) == ("desk", "hand")
        assert desk.call("heard", "user") == [("user", "money!")]

    def test_a_handoff_to_an_agent_that_is_gone_fails(self, system: AgentSystem) -> None:
        """The ref is of an agent that was closed."""
        till = system.spawn(Says, "till")
        desk = system.spawn(Hands, "desk", till)
        till.close()
        with pytest.raises(AgentDiedError, match="'till'"):
            ask(desk, "money!", timeout=20)

    @pytest.mark.parametrize("max_turns", range(1, 6))
    def test_handing_on_draws_on_the_budget(self, system: AgentSystem, max_turns: int) -> None:
        """A handoff is a message like any other."""
        system.spawn(Hands, "a", "b")
        system.spawn(Hands, "b", "c")
        system.spawn(Says, "c", "done")
        result = ask("a", "go", max_turns=max_turns)
        assert len(result.transcript) == min(4, max_turns)
        assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 4)

    def test_two_that_hand_on_for_ever_end_with_the_budget(self, system: AgentSystem) -> None:
        """Neither has a limit of automatic replies."""
        system.spawn(Hands, "a", *["b"] * 60, max_consecutive_auto_reply=-1)
        system.spawn(Hands, "b", *["a"] * 60, max_consecutive_auto_reply=-1)
        result = ask("a", "go", max_turns=50)
        assert (len(result.transcript), result.stop.kind) == (50, "MAX_TURNS")

    def test_a_handoff_that_ends_the_conversation_is_passed_on_to_nobody(
        self, system: AgentSystem
    ) -> None:
        """The initiator records a handoff message with ``TERMINATE``; nobody answers it."""
        till = system.spawn(Says, "till")
        last = {"content": "bye", "metadata": {"TERMINATE": True}}
        result = ask(system.spawn(Hands, "desk", ("till", last)), "money!")
        assert (result.stop.kind, said(result)) == ("TERMINATE", ["money!", "bye"])
        assert till.call("heard", "user") == []

    def test_whoever_was_handed_to_may_ask_whoever_waits(self, system: AgentSystem) -> None:
        """alice waits for desk, which hands off to till, which asks alice: she takes that turn."""
        system.spawn(Hands, "desk", "till")
        system.spawn(Asks, "till", {"alice": ["alice"]})
        alice = system.spawn(Relays, "alice", {"user": ["desk"], "till": []})
        assert said(ask(alice, "who?", timeout=30))[-1] == "alice(till(alice()))"

    def test_circles_through_handoffs_of_two_at_once_are_served(self, system: AgentSystem) -> None:
        """Each waits for a desk that handed off to a till, which waits for the other."""
        for me, other in (("alice", "bob"), ("bob", "alice")):
            system.spawn(Hands, f"desk-{me}", *[f"till-{me}"] * 5)
            system.spawn(Asks, f"till-{me}", {me: [other]})
            system.spawn(Relays, me, {f"user-{me}": [f"desk-{me}"]})
        for name in ("alice", "bob"):
            system.spawn(Says, f"user-{name}", None)
        for _ in range(3):
            chats = [
                system.agent(f"user-{name}").start_chat(name, "who?", silent=True, timeout=60)
                for name in ("alice", "bob")
            ]
            assert [said(chat.result())[-1] for chat in chats] == [
                "alice(till-alice(bob()))", "bob(till-bob(alice()))",
            ]  # fmt: skip
