"""Conformance: what is shown at the console, and when a human is asked."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyTypeError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Human, Says, calls_it_a_day
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.failing import TypesIn
from agentcore.testing.conformance.dialogue import ask, said

__all__ = ["Humans"]


class Humans:
    """The console, and the modes of ``human_input_mode=``."""

    def test_what_is_said_is_shown_in_order_unless_it_is_to_be_silent(
        self, system: AgentSystem, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A message is printed with the names, its content and a line."""
        system.spawn(Says, "bob", "I am Bob")
        alice = system.spawn(Asks, "alice", {"user": ["bob"]})
        result = Says("user", None).initiate_chat(alice, "who?")
        shown = "".join(
            f"{e.sender} (to {e.recipient}):\n\n{e.content}\n\n{'-' * 80}\n"
            for e in result.transcript
        )
        assert capsys.readouterr().out == shown
        ask(alice, "who?")
        assert capsys.readouterr().out == ""

    def test_a_human_is_asked_at_the_console_of_whoever_began_the_conversation(
        self, system: AgentSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The agent that asks may be on another host."""
        prompts, answers = [], ["", "typed", "exit"]

        def type_in(prompt: str) -> str:
            prompts.append(prompt)
            return answers.pop(0)

        monkeypatch.setattr("builtins.input", type_in)
        human = system.spawn(Says, "human", "auto", human_input_mode="ALWAYS")
        result = Says("user", "m").initiate_chat(human, "m", silent=True)
        assert (result.stop.kind, said(result)) == ("HUMAN_EXIT", ["m", "auto", "m", "typed", "m"])
        assert all("Provide feedback to user" in prompt for prompt in prompts)

    def test_a_console_that_is_closed_ends_the_conversation(
        self, system: AgentSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A closed console means the same as ``exit``."""

        def closed(prompt: str) -> str:
            raise EOFError

        monkeypatch.setattr("builtins.input", closed)
        human = system.spawn(Says, "human", human_input_mode="ALWAYS")
        assert ask(human, "m").stop.kind == "HUMAN_EXIT"

    @pytest.mark.parametrize(
        ("mode", "limit", "message", "answers", "kind", "transcript"),
        [
            ("ALWAYS", 0, "m", ["", "exit"], "HUMAN_EXIT", "m auto m"),
            ("ALWAYS", 5, "m", ["exit"], "HUMAN_EXIT", "m"),
            ("ALWAYS", 5, "m", [None], "HUMAN_EXIT", "m"),
            ("ALWAYS", 5, "m", ["typed", "exit"], "HUMAN_EXIT", "m typed m"),
            ("ALWAYS", 5, "day", [""], "TERMINATION_MESSAGE", "day"),
            ("ALWAYS", 5, "day", ["go-on", "exit"], "HUMAN_EXIT", "day go-on day"),
            ("TERMINATE", 1, "m", ["exit"], "HUMAN_EXIT", "m auto m"),
            ("TERMINATE", 1, "m", ["", "exit"], "HUMAN_EXIT", "m auto m auto m"),
            ("TERMINATE", 1, "m", ["typed", "exit"], "HUMAN_EXIT", "m auto m typed m auto m"),
            ("TERMINATE", 1, "day", [""], "TERMINATION_MESSAGE", "day"),
            ("TERMINATE", 1, "day", ["typed", "exit"], "HUMAN_EXIT", "day typed day"),
            ("NEVER", 1, "m", [], "MAX_AUTO_REPLY", "m auto m"),
            ("NEVER", 1, "day", [], "TERMINATION_MESSAGE", "day"),
        ],
    )  # fmt: skip
    def test_a_human_is_asked_as_the_mode_says(
        self,
        system: AgentSystem,
        mode: str,
        limit: int,
        message: str,
        answers: list[str | None],
        kind: str,
        transcript: str,
    ) -> None:
        """``exit`` and a closed console stop; a text is sent; empty goes on, or stops at an end."""
        human = system.spawn(
            Human, "human", answers, is_termination_msg=calls_it_a_day,
            human_input_mode=mode, max_consecutive_auto_reply=limit,
        )  # fmt: skip
        peer = Says("peer", message)
        result = peer.initiate_chat(human, message, silent=True)
        assert (result.stop.kind, said(result)) == (kind, transcript.split())
        assert human.call("know", "answers") == []
        assert all("peer" in prompt for prompt in human.call("know", "prompts"))

    def test_a_humans_words_count_the_automatic_replies_anew(self, system: AgentSystem) -> None:
        """After the human's own reply, the agent may reply automatically twice again."""
        human = system.spawn(
            Human, "human", ["typed", "exit"],
            human_input_mode="TERMINATE", max_consecutive_auto_reply=2,
        )  # fmt: skip
        result = Says("peer", "m").initiate_chat(human, "m", silent=True)
        assert said(result)[1::2] == ["auto", "auto", "typed", "auto", "auto"]

    @pytest.mark.parametrize("value", [5, {"content": "x"}, ["x"]], ids=str)
    def test_what_is_no_text_is_no_answer_of_a_human(self, system: AgentSystem, value: Any) -> None:
        """The conversation fails with an error that names the agent, and what it gave."""
        human = system.spawn(TypesIn, "human", value)
        with pytest.raises(ReplyTypeError, match="get_human_input of agent 'human'") as caught:
            ask(human, "well?")
        assert caught.value.rule == "get_human_input"
