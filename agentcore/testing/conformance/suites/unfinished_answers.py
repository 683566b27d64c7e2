"""Conformance: answers that were cut off, and answers that say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.model_api import Completion, ToolCall, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import shown, tool_call, tool_results
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["UnfinishedAnswers"]

STREAM_OR_NOT = pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
THOUGHT = "<think>hm</think>"


def text_of(system: AgentSystem, entry: Any) -> str:
    """Give the text of a message, which may be a stream."""
    if not entry.metadata.get("stream"):
        return str(entry.content)
    where = entry.metadata["agent"], entry.metadata["stream_id"]
    return "".join(text for text, _ in system.get_agent_stream_messages(*where))


class UnfinishedAnswers:
    """The model is told, or asked once more."""

    @STREAM_OR_NOT
    @pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS", "model_length"])
    def test_an_answer_that_was_cut_off_runs_no_call(
        self, system: AgentSystem, reason: str, stream: bool
    ) -> None:
        """Neither the call that was cut off nor the whole one before it; the model is told why."""
        calls = [ToolCall.of("1", "note", word="x"), ToolCall("2", "note", '{"word": "y')]
        model = ScriptedModel(
            Completion("", calls, reason), tool_call("note", word="z"), "noted"
        )  # fmt: skip
        bot = system.spawn(Toolbox, "bot", model, stream=stream)
        result = ask(bot, "note it")
        assert bot.call("know", "ran") == ["z"]
        told = tool_results(model, 1)
        assert [id for id, _ in told] == ["1", "2"]
        assert all("not run: the answer was cut off at max_tokens" in text for _, text in told)
        assert result.transcript[1].metadata["finish_reason"] == reason
        assert [entry.depth for entry in result.transcript] == [0, 1, 1, 1, 1, 0]

    def test_calls_that_were_cut_off_are_shown_to_no_executor(self, system: AgentSystem) -> None:
        """The agent itself tells its model."""
        runner = system.spawn(Toolbox, "runner")
        cut = Completion("", [ToolCall.of("1", "note", word="x")], "length")
        bot = system.spawn(Player, "bot", ScriptedModel(cut, "never mind"), executor=runner)
        result = ask(bot, "note it")
        assert {entry.recipient for entry in result.transcript} == {"bot", "user"}
        assert runner.call("know", "ran") == []

    def test_calls_that_are_cut_off_again_and_again_are_bounded(self, system: AgentSystem) -> None:
        """They are rounds as all others."""
        cut = Completion("", [ToolCall.of("1", "note", word="x")], "length")
        bot = system.spawn(Toolbox, "bot", ScriptedModel(*[cut] * 3), max_tool_rounds=2)
        assert ask(bot, "note it").stop.kind == "MAX_TOOL_ROUNDS"
        assert bot.call("know", "ran") == []

    @STREAM_OR_NOT
    @pytest.mark.parametrize(
        "nothing", ["", " \n", THOUGHT], ids=["empty", "white space", "thought"]
    )
    def test_an_empty_answer_after_a_tool_round_is_asked_for_once_more(
        self, system: AgentSystem, nothing: str, stream: bool
    ) -> None:
        """The second request has a word more, which the history has not; both are paid for."""
        model = ScriptedModel(
            tool_call("note", word="x"), Completion(nothing, usage=Usage(1, 2)),
            Completion("noted", usage=Usage(3, 4)), "as I said",
        )  # fmt: skip
        bot = system.spawn(Toolbox, "bot", model, stream=stream)
        user = Says("user", None)
        last = ask(bot, "note it", user).transcript[-1]
        assert text_of(system, last) == "noted"
        before, again = model.calls[1].messages, model.calls[2].messages
        assert again[:-1] == before
        assert again[-1]["role"] == "user"
        ask(bot, "sure?", user, clear_history=False)
        assert [role for role, _ in shown(model)] == [
            "user", "assistant", "tool", "assistant", "user",
        ]  # fmt: skip
        if not stream:
            assert last.metadata["usage"]["total_tokens"] == 10
            assert last.metadata.get("thinking", "") == ("hm" if nothing == THOUGHT else "")

    @STREAM_OR_NOT
    def test_thinking_alone_is_asked_for_an_answer_once_more(
        self, system: AgentSystem, stream: bool
    ) -> None:
        """In the first round, too; the metadata has both thoughts."""
        model = ScriptedModel("<think>hm", "<think>so</think>four")
        bot = system.spawn(Player, "bot", model, stream=stream)
        last = ask(bot, "2+2?").transcript[-1]
        assert text_of(system, last) == "four"
        if not stream:
            assert last.metadata["thinking"] == "hm\n\nso"

    @STREAM_OR_NOT
    def test_a_model_that_calls_when_it_is_asked_again_goes_on(
        self, system: AgentSystem, stream: bool
    ) -> None:
        """Its calls are run; a second empty answer in the turn is an error."""
        model = ScriptedModel(THOUGHT, tool_call("note", word="x"), "", name="mute")
        bot = system.spawn(Toolbox, "bot", model, stream=stream)
        with pytest.raises(ReplyError, match=r"'?mute'? answered nothing"):
            ask(bot, "note it")
        assert bot.call("know", "ran") == ["x"]

    @STREAM_OR_NOT
    def test_a_model_that_stays_mute_is_an_error(self, system: AgentSystem, stream: bool) -> None:
        """It is asked twice after a round of tools, and once where there was none."""
        model = ScriptedModel("", tool_call("note", word="x"), "", "", name="mute")
        bot = system.spawn(Toolbox, "bot", model, stream=stream)
        for _ in range(2):
            with pytest.raises(ReplyError, match=r"'?mute'? answered nothing"):
                ask(bot, "note it")

    def test_a_model_that_alternates_is_asked_again_as_it_wants(self, system: AgentSystem) -> None:
        """The word more is joined to what the user said."""
        model = ScriptedModel(THOUGHT, "four", alternates=True)
        assert said(ask(system.spawn(Player, "bot", model), "2+2?"))[-1] == "four"
        assert [role for role, _ in shown(model)] == ["user"]
        assert model.calls[1].text.startswith("2+2?\n\n")
