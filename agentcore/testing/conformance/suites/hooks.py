"""Conformance: hooks on what an agent sends, receives, shows its model and calls."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyError, ReplyTypeError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.chat_models import Plain
from agentcore.testing.conformance.agents.hooked import (
    Echoes,
    HandsOff,
    Hooked,
    Relays,
    RelaysLater,
    Typed,
    autogen_send,
    louder,
    louder_later,
    nothing,
    raises,
    sends_first,
)
from agentcore.testing.conformance.agents.toolbox import add
from agentcore.testing.conformance.dialogue import OVER, ask, said
from agentcore.testing.conformance.model_scripts import tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["HookPoints"]

BOTH = pytest.mark.parametrize("hook", [louder, louder_later], ids=["def", "async def"])


class HookPoints:
    """`register_hook` at each point."""

    @BOTH
    def test_a_reply_is_sent_and_recorded_as_the_hook_made_it(
        self, system: AgentSystem, hook: Any
    ) -> None:
        """The transcript and both histories have what was sent."""
        bob = system.spawn(Echoes, "bob", {"before_send": hook})
        user = Says("user", None)
        assert said(ask(bob, "hi", user)) == ["hi", "heard hi!"]
        assert bob.call("heard", "user") == [("user", "hi"), ("assistant", "heard hi!")]

    @BOTH
    @pytest.mark.parametrize("relays", [Relays, RelaysLater], ids=["send", "a_send"])
    def test_what_a_rule_sends_passes_the_hook_too(
        self, system: AgentSystem, hook: Any, relays: type[Hooked]
    ) -> None:
        """Within the turn, and then the reply."""
        system.spawn(Echoes, "bob", {})
        alice = system.spawn(relays, "alice", {"before_send": hook})
        assert said(ask(alice, "hi")) == ["hi", "hi!", "heard hi!", "bob heard hi!!"]

    @BOTH
    def test_a_conversation_begins_with_what_the_hook_made(
        self, system: AgentSystem, hook: Any
    ) -> None:
        """An agent object begins it from outside."""
        bob = system.spawn(Echoes, "bob", {})
        user = Says("user", None)
        user.register_hook("before_send", hook)
        assert said(ask(bob, "hi", user)) == ["hi!", "heard hi!"]

    @BOTH
    def test_a_question_to_many_passes_the_hook_once(self, system: AgentSystem, hook: Any) -> None:
        """All of them are asked the same."""
        team = system.spawn_many(Echoes, ("bob", "carol"), {})
        alice = system.spawn(Hooked, "alice", {"before_send": hook})
        answers = alice.call("ask_all", "hi", team)
        assert [each.content for each in answers.texts] == ["heard hi!", "heard hi!"]

    @BOTH
    def test_a_message_is_recorded_and_answered_as_the_hook_made_it(
        self, system: AgentSystem, hook: Any
    ) -> None:
        """The transcript and the sender's history keep what was said."""
        bob = system.spawn(Echoes, "bob", {"on_received": hook})
        user = Says("user", None)
        assert said(ask(bob, "hi", user)) == ["hi", "heard hi!"]
        assert bob.call("heard", "user") == [("user", "hi!"), ("assistant", "heard hi!")]
        assert [each.content for each in user.get_chat_messages("bob")] == ["hi", "heard hi!"]

    @BOTH
    def test_what_is_said_at_a_handoff_passes_the_hook(
        self, system: AgentSystem, hook: Any
    ) -> None:
        """Whom it is handed to hears what the hook made of it."""
        system.spawn(Echoes, "bob", {})
        clerk = system.spawn(HandsOff, "clerk", {"before_send": hook})
        assert said(ask(clerk, "hi")) == ["hi", "over to you!", "heard over to you!"]

    @BOTH
    def test_what_a_human_types_passes_the_hook(self, system: AgentSystem, hook: Any) -> None:
        """It is what the agent says."""
        bob = system.spawn(Typed, "bob", {"before_send": hook}, human_input_mode="ALWAYS")
        assert said(ask(bob, "hi")) == ["hi", "typed!"]

    def test_hooks_under_the_names_of_autogen_are_given_what_autogen_gives(
        self, system: AgentSystem
    ) -> None:
        """A text where the message is one, and the content alone of what was received."""
        hooks: dict[str, Any] = {
            "process_message_before_send": autogen_send,
            "process_last_received_message": str.upper,
        }
        bob = system.spawn(Echoes, "bob", hooks)
        assert said(ask(bob, "hi"))[-1] == "bob to user, silent True: heard HI"

    def test_the_model_is_shown_what_the_hooks_made(self, system: AgentSystem) -> None:
        """Nothing of it is recorded."""

        model = ScriptedModel("fine")
        bob = system.spawn(Hooked, "bob", {"process_all_messages_before_reply": _hide}, llm=model)
        assert said(ask(bob, "my code is 1234")) == ["my code is 1234", "fine"]
        assert [each["content"] for each in model.calls[0].messages] == ["my code is ****"]
        assert bob.call("heard", "user")[0] == ("user", "my code is 1234")

    @pytest.mark.parametrize("point", ["before_tool", "safeguard_tool_inputs"])
    def test_a_tool_is_called_with_what_the_hook_made_of_its_arguments(
        self, system: AgentSystem, point: str
    ) -> None:
        """The proposal in the transcript is the model's."""
        model = ScriptedModel(tool_call("add", "1", a=1, b=200), "well")
        hook = _at_most_ten if point == "before_tool" else _safeguard
        bob = system.spawn(Hooked, "bob", {point: hook}, llm=model, tools=[add])
        ask(bob, "go")
        assert tool_results(model) == [("1", "11")]

    @pytest.mark.parametrize("point", ["before_send", "on_received", "before_model"])
    def test_a_hook_that_raises_fails_the_conversation_by_its_name(
        self, system: AgentSystem, point: str
    ) -> None:
        """The error has the agent, the hook, and the result up to there."""
        llm = Plain() if point == "before_model" else None
        bob = system.spawn(Hooked if llm else Echoes, "bob", {point: raises}, llm=llm)
        with pytest.raises(
            ReplyError, match=rf"hook raises \({point}\) .*'bob' .*LookupError"
        ) as e:
            ask(bob, "hi")
        assert (e.value.agent, e.value.rule) == ("bob", "raises")
        assert e.value.result is not None
        assert said(e.value.result) == ["hi"]

    @pytest.mark.parametrize("point", ["before_send", "on_received"])
    def test_a_hook_that_returns_no_message_is_an_error_that_says_so(
        self, system: AgentSystem, point: str
    ) -> None:
        """Nothing is silently left as it was."""
        bob = system.spawn(Echoes, "bob", {point: nothing})
        with pytest.raises(ReplyTypeError, match=r"hook nothing .* returned None; it returns a"):
            ask(bob, "hi")

    def test_a_hook_that_raises_at_the_first_message_fails_before_anything_is_said(
        self, system: AgentSystem
    ) -> None:
        """The histories are as before."""
        bob = system.spawn(Echoes, "bob", {})
        user = Says("user", None)
        user.register_hook("before_send", raises)
        with pytest.raises(ReplyError, match="LookupError"):
            ask(bob, "hi", user)
        assert not user.get_chat_messages("bob")
        assert not bob.call("heard", "user")

    def test_a_hook_may_itself_ask_others(self, system: AgentSystem) -> None:
        """It runs in the agent's turn."""
        system.spawn(Says, "bob", OVER)
        alice = system.spawn(Echoes, "alice", {"before_send": sends_first})
        assert said(ask(alice, "hi")) == ["hi", "may I?", "fine", "heard hi (fine)"]


def _hide(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for each in messages:
        each["content"] = each["content"].replace("1234", "****")
    return messages


def _at_most_ten(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: min(value, 10) for key, value in arguments.items()}


def _safeguard(tool_input: dict[str, Any]) -> dict[str, Any]:
    return {**tool_input, "arguments": tool_input["arguments"].replace("200", "10")}
