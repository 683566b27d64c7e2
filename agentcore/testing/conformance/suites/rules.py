"""Conformance: which rule answers a message."""

from __future__ import annotations

import pytest

from agentcore.agents.agent import ConversableAgent
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Human, Returns, Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.rule_chains import Base, Derived, Doorkeeper, Overridden
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF

__all__ = ["Rules"]


class Rules:
    """Which rules are asked, and in which order."""

    def test_rules_that_name_their_senders_are_asked_before_rules_for_anyone(
        self, system: AgentSystem
    ) -> None:
        """Within each kind the order is that of definition, whatever the names are."""
        base = system.spawn(Base, "base")
        result = ask(base, "hello")
        assert base.call("know", "asked") == ["yak", "bee", "zebra", "ant"]
        assert result.stop.kind == "NO_RULE"

    def test_rules_of_a_subclass_come_before_those_of_its_base(self, system: AgentSystem) -> None:
        """Rules for other senders are not asked."""
        derived = system.spawn(Derived, "derived")
        ask(derived, "hello")
        asked = derived.call("know", "asked")
        assert asked == ["newt", "yak", "bee", "mole", "zebra", "ant"]

    def test_an_overridden_rule_keeps_its_own_single_place(self, system: AgentSystem) -> None:
        """It is asked once, where the base class had it."""
        overridden = system.spawn(Overridden, "overridden")
        ask(overridden, "hello")
        assert overridden.call("know", "asked") == ["my yak", "bee", "zebra", "ant"]

    @pytest.mark.parametrize(
        ("sender", "name", "expected"),
        [
            (Says, "nora", "name"),
            (Counts, "carl", "class"),
            (Says, "vip-1", "predicate"),
            (Says, "olga", "list"),
            (Human, "hans", "list"),
            (Says, "fred", "asked"),
            (Says, "someone else", "anyone"),
        ],
    )
    def test_a_rule_answers_whom_it_names_in_any_of_the_ways_there_are(
        self, system: AgentSystem, sender: type[ConversableAgent], name: str, expected: str
    ) -> None:
        """By a name, a class, a predicate, a list of these, or ``lambda self: [...]``."""
        door = system.spawn(Doorkeeper, "door", friend="fred")
        result = sender(name).initiate_chat(door, "knock", silent=True, max_turns=2)
        assert said(result)[-1] == expected

    def test_a_list_of_senders_is_asked_afresh_at_each_message(self, system: AgentSystem) -> None:
        """A sender that the list gives later is recognised from then on."""
        door = system.spawn(Doorkeeper, "door")
        before = ask(door, "knock")
        door.call("learn", "friend", "user")
        assert (said(before)[-1], said(ask(door, "knock"))[-1]) == ("anyone", "asked")

    def test_a_rule_can_name_a_sender_by_its_ref(self, system: AgentSystem) -> None:
        """An agent, its ref and its name mean the same."""
        friend = system.spawn(Says, "friend", None)
        door = system.spawn(Doorkeeper, "door", friend=friend)
        assert said(friend.initiate_chat(door, "knock", silent=True))[-1] == "asked"

    def test_what_a_rule_returns_that_is_not_final_is_discarded(self, system: AgentSystem) -> None:
        """The next rule is asked; here there is none."""
        shy = system.spawn(Returns, "shy", (False, "never sent"))
        result = ask(shy, "hello")
        assert (said(result), result.stop.kind) == (["hello"], "NO_RULE")

    def test_the_default_reply_is_sent_when_no_rule_is_final(self, system: AgentSystem) -> None:
        """``default_auto_reply`` is used in place of a rule's reply."""
        agent = system.spawn(Player, "agent", default_auto_reply="by default")
        assert said(ask(agent, "hello")) == ["hello", "by default"]

    @DEF_AND_ASYNC_DEF
    def test_sync_and_async_rules_do_the_same(self, system: AgentSystem, later: bool) -> None:
        """A question passes through a plain rule and an ``async def`` rule, in both orders."""
        kinds = (Asks, AsksLater) if later else (AsksLater, Asks)
        system.spawn(Says, "carol", "carol")
        system.spawn(kinds[0], "bob", {"alice": ["carol"]})
        alice = system.spawn(kinds[1], "alice", {"user": ["bob"]})
        assert said(ask(alice, "who?"))[-1] == "alice(bob(carol))"
