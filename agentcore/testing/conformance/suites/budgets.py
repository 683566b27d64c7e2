"""Conformance: ``max_turns=``, which nested conversations draw on too."""

from __future__ import annotations

import pytest

from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.sending import Begins, Tells
from agentcore.testing.conformance.dialogue import ask, eventually, said

__all__ = ["Budgets"]


class Budgets:
    """No transcript has more messages than its budget."""

    @pytest.mark.parametrize("max_turns", range(1, 8))
    def test_nested_conversations_draw_on_the_budget(
        self, system: AgentSystem, max_turns: int
    ) -> None:
        """A transcript never has more than ``max_turns`` messages, nested ones included."""
        system.spawn(Says, "carol", "c")
        system.spawn(Asks, "bob", {"alice": ["carol"]})
        alice = system.spawn(Asks, "alice", {"user": ["bob"]})
        result = ask(alice, "who?", Says("user", "more?"), max_turns=max_turns)
        whole = ["who?", "who?", "who?", "c", "bob(c)", "alice(bob(c))", "more?"]
        assert said(result) == whole[:max_turns]
        assert result.stop.kind == "MAX_TURNS"

    def test_a_send_that_finds_the_budget_spent_delivers_nothing_and_stops_it(
        self, system: AgentSystem
    ) -> None:
        """The error, if not caught, stops the conversation with ``MAX_TURNS``; it is no failure."""
        bob, carol = system.spawn_many(Says, ("bob", "carol"))
        alice = system.spawn(Asks, "alice", {"user": ["bob", "carol"]})
        result = ask(alice, "who?", max_turns=2)
        assert (result.stop.kind, said(result)) == ("MAX_TURNS", ["who?", "who?"])
        assert bob.call("heard", "alice") == [("user", "who?")]
        assert carol.call("heard", "alice") == alice.call("heard", "carol") == []

    def test_a_rule_can_catch_that_the_budget_is_spent(self, system: AgentSystem) -> None:
        """The rule's own answer finds no turn left either."""
        system.spawn(Says, "bob")
        alice = system.spawn(Begins, "alice", "twice", "bob")
        result = ask(alice, "go", max_turns=2)
        assert (result.stop.kind, said(result)) == ("MAX_TURNS", ["go", "go"])
        assert "max_turns" in alice.call("know", "caught")

    def test_a_nested_conversation_of_few_turns_takes_no_more_from_the_budget_than_it_used(
        self, system: AgentSystem
    ) -> None:
        """``initiate_chat(max_turns=2)`` in a turn leaves the rest of the budget to the turn."""
        system.spawn(Counts, "counter")
        for how in ("initiate", "initiate_later"):
            agent = system.spawn(Begins, f"agent-{how}", how, "counter", max_turns=2)
            result = ask(agent, "1", Says("user", "1"), max_turns=8)
            assert said(result) == ["1", "1", "2", "MAX_TURNS"] * 2

    def test_what_is_told_has_half_of_the_budget(self, system: AgentSystem) -> None:
        """Agents that `tell` each other in a circle stop when the budget is spent."""
        circle = {"a": "b", "b": "c", "c": "a"}
        refs = [system.spawn(Tells, name, peer) for name, peer in circle.items()]
        ask(refs[0], "hello", max_turns=64)
        eventually(lambda: len(refs[0].call("know", "order")) > 2)
        assert sum(len(ref.call("know", "order")) for ref in refs) <= 64
