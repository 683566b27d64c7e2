"""Conformance: handoffs that models decide, and what becomes of the session."""

from __future__ import annotations

from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.model_api import ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.handing_off import Hands
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import shown, tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ModelHandoffs"]

TO_BILLING = tool_call("transfer_to_billing")


def to_billing() -> Handoff:
    """Hand the customer over to billing."""
    return Handoff("billing")


def with_words(about: str) -> Handoff:
    """Tell billing what it is about."""
    return Handoff("billing", f"it is about {about}")


def roles(model: ScriptedModel, call: int = -1) -> list[tuple[Any, ...]]:
    """Give role, content and name of what a model was shown; a call is its tool's name."""
    return [
        (
            each["role"],
            each["tool_calls"][0]["function"]["name"] if "tool_calls" in each else each["content"],
            *([each["name"]] if "name" in each else []),
        )
        for each in model.calls[call].messages
    ]


class ModelHandoffs:
    """Tools that return a `Handoff`, and ``handoffs=``."""

    def test_a_tool_that_returns_a_handoff_hands_off(self, system: AgentSystem) -> None:
        """All histories have what was said as words of who said it, and the call as a call."""
        desk = system.spawn(
            Player, "desk", ScriptedModel(tool_call("to_billing")), tools=[to_billing]
        )
        asked = ScriptedModel("it is paid")
        billing = system.spawn(Player, "billing", asked)
        user = Says("user", None)
        result = ask(desk, "my invoice?", user)
        assert [(e.sender, e.recipient, e.content) for e in result.transcript if not e.depth] == [
            ("user", "desk", "my invoice?"),
            ("desk", "billing", "my invoice?"),
            ("billing", "user", "it is paid"),
        ]
        assert result.agent == "billing"
        assert roles(asked) == [("user", "my invoice?")]
        assert desk.call("heard", "user") == [
            ("user", "my invoice?"), ("assistant", None), ("tool", "handed off to 'billing'"),
        ]  # fmt: skip
        assert user.heard("desk") == [
            ("assistant", "my invoice?"), ("user", "(handed off to 'billing')"),
        ]  # fmt: skip
        assert user.heard("billing") == [("assistant", "my invoice?"), ("user", "it is paid")]
        assert billing.call("heard", "user") == [
            ("user", "my invoice?"), ("assistant", "it is paid"),
        ]  # fmt: skip

    def test_words_of_a_handoff_are_those_of_who_hands_off(self, system: AgentSystem) -> None:
        """The other agent's model sees them under that name."""
        model = ScriptedModel(tool_call("with_words", about="money"))
        desk = system.spawn(Player, "desk", model, tools=[with_words])
        asked = ScriptedModel("it is paid")
        system.spawn(Player, "billing", asked)
        result = ask(desk, "my invoice?")
        assert said(result)[-1] == "it is paid"
        assert roles(asked) == [("user", "it is about money", "desk")]
        assert desk.call("heard", "user")[-1] == ("assistant", "it is about money")

    def test_agents_are_offered_as_tools_with_their_descriptions(self, system: AgentSystem) -> None:
        """By name, as a ref and as an object; one that is not there yet has none."""
        model = ScriptedModel(tool_call("transfer_to_sales"))
        system.spawn(Player, "billing", description="knows all invoices")
        tech = system.spawn(Player, "tech", system_message="You mend routers.")
        sales = Says("sales", "buy!", description="sells")
        desk = Player("desk", model, handoffs=["billing", tech, sales, "later"])
        result = ask(desk, "hello")
        assert (said(result)[-1], result.agent) == ("buy!", "sales")
        texts = {tool.name: tool.description for tool in model.calls[0].tools}
        assert list(texts) == [f"transfer_to_{n}" for n in ("billing", "tech", "sales", "later")]
        assert "knows all invoices" in texts["transfer_to_billing"]
        assert "You mend routers." in texts["transfer_to_tech"]
        assert "sells" in texts["transfer_to_sales"]
        assert sales._mailbox is None

    def test_the_session_goes_on_with_whom_it_was_handed_to(self, system: AgentSystem) -> None:
        """Until the history is cleared; then the first agent is asked again."""
        system.spawn(Player, "desk", ScriptedModel(TO_BILLING, "hello again"), handoffs=["billing"])
        asked = ScriptedModel("which?", "it is paid")
        system.spawn(Player, "billing", asked)
        user = Says("user", None)
        ask("desk", "my invoice?", user)
        second = ask("desk", "number 7", user, clear_history=False)
        assert [(e.sender, e.recipient) for e in second.transcript] == [
            ("user", "billing"), ("billing", "user"),
        ]  # fmt: skip
        assert second.agent == "billing"
        assert shown(asked) == [
            ("user", "my invoice?"), ("assistant", "which?"), ("user", "number 7"),
        ]  # fmt: skip
        third = ask("desk", "hi", user)
        assert (said(third), third.agent) == (["hi", "hello again"], "desk")

    def test_who_hands_off_is_told_what_came_of_it(self, system: AgentSystem) -> None:
        """When it is asked again, also in a later conversation of the session."""
        model = ScriptedModel(TO_BILLING, "try turning it off")
        system.spawn(Player, "desk", model, handoffs=["billing"])
        back = tool_call("transfer_to_desk")
        system.spawn(Player, "billing", ScriptedModel("it is paid", back), handoffs=["desk"])
        user = Says("user", None)
        ask("desk", "my invoice?", user)
        result = ask("desk", "my router?", user, clear_history=False)
        assert (said(result)[-1], result.agent) == ("try turning it off", "desk")
        assert roles(model) == [
            ("user", "my invoice?"),
            ("assistant", "transfer_to_billing"),
            ("tool", "handed off to 'billing'"),
            ("user", "it is paid", "billing"),
            ("user", "my router?"),
        ]

    def test_the_first_of_several_handoffs_wins(self, system: AgentSystem) -> None:
        """The others are told so, and what else was called was run."""
        calls = [TO_BILLING, ToolCall.of("2", "transfer_to_tech")]
        desk = system.spawn(Player, "desk", ScriptedModel(calls), handoffs=["billing", "tech"])
        for name in ("billing", "tech"):
            system.spawn(Says, name, f"{name} here")
        result = ask(desk, "help")
        assert said(result)[-1] == "billing here"
        results = result.transcript[2].metadata["tool_results"]
        assert [(each["content"], each["failed"]) for each in results] == [
            ("handed off to 'billing'", False),
            ("not handed off to 'tech': the conversation is handed off to 'billing'", True),
        ]

    def test_a_model_is_told_why_it_cannot_hand_off(self, system: AgentSystem) -> None:
        """To an agent that is not there, or to itself; it answers itself then."""
        # A name that no test has had: of one that was closed, another reason is told.
        calls = [ToolCall.of("1", "transfer_to_nobody"), ToolCall.of("2", "transfer_to_desk")]
        model = ScriptedModel(calls, "I cannot, sorry")
        desk = system.spawn(Player, "desk", model, handoffs=["nobody", "desk"])
        result = ask(desk, "help")
        assert (said(result)[-1], result.agent) == ("I cannot, sorry", "desk")
        (_, one), (_, two) = tool_results(model)
        assert "no agent of this system is named 'nobody'" in one
        assert "handed off to itself" in two

    def test_objects_that_hand_off_are_let_go_and_found_again(self, system: AgentSystem) -> None:
        """All three are objects of the caller's, as in a script; each is hosted while it speaks."""
        billing = Player("billing", ScriptedModel("which?", "it is paid"))
        desk = Player("desk", ScriptedModel(TO_BILLING), handoffs=[billing])
        user = ConversableAgent("user")
        for text, answer in (("my invoice?", "which?"), ("7", "it is paid")):
            result = ask(desk, text, user, clear_history=False)
            assert said(result)[-1] == answer
            assert (desk._mailbox, billing._mailbox) == (None, None)

    def test_a_nested_conversation_is_handed_off_too(self, system: AgentSystem) -> None:
        """Whoever sends to the first agent gets the other's answer."""
        system.spawn(Player, "desk", ScriptedModel(TO_BILLING), handoffs=["billing"])
        system.spawn(Says, "billing", "it is paid")
        result = ask(system.spawn(Asks, "clerk", {"user": ["desk"]}), "my invoice?")
        assert [(e.sender, e.recipient, e.content) for e in result.transcript if e.depth == 1] == [
            ("clerk", "desk", "my invoice?"),
            ("desk", "billing", "my invoice?"),
            ("billing", "clerk", "it is paid"),
        ]

    def test_a_rule_without_words_keeps_who_said_what(self, system: AgentSystem) -> None:
        """Neither side's history has the words of the one as words of the other."""
        till = system.spawn(Says, "till", "yes")
        desk = system.spawn(Hands, "desk", "till")
        user = Says("user", None)
        ask(desk, "money!", user)
        note = "(handed off to 'till')"
        assert desk.call("heard", "user") == [("user", "money!"), ("assistant", note)]
        assert user.heard("desk") == [("assistant", "money!"), ("user", note)]
        assert till.call("heard", "user") == [("user", "money!"), ("assistant", "yes")]
