"""Conformance: what a model thinks aloud is no part of its answer."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.protocol.model_api import Completion, ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.model_users import Judge, Reads
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.group_setup import NAMES, ending, group, links
from agentcore.testing.conformance.model_scripts import (
    AT_ONCE_AND_LATER,
    shown,
    timed,
    tool_results,
)
from agentcore.testing.models.script_items import Streamed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ThinkingAloud"]

THOUGHT = "<think>2 and 2...</think>\n\n"
STREAMED = ("<thi", "nk>2 and", " 2...</", "think>\n\nit ", "is ", "four")


class ThinkingAloud:
    """Thinking in the text and beside it, in answers, proposals, streams and prompts."""

    @AT_ONCE_AND_LATER
    @pytest.mark.parametrize(
        "answer",
        [f"{THOUGHT}four", "2 and 2...</think>four", Completion("four", thinking="2 and 2...")],
        ids=["in tags", "opened in the prompt", "beside the text"],
    )
    def test_what_was_thought_is_kept_beside_the_answer(
        self, system: AgentSystem, answer: Any, later: bool
    ) -> None:
        """Peers and later requests get the answer alone; the metadata has the thinking."""
        model = ScriptedModel(timed(answer, later), "as I said")
        bot = system.spawn(Player, "bot", model)
        user = Says("user", None)
        result = ask(bot, "2+2?", user)
        assert said(result) == ["2+2?", "four"]
        assert result.transcript[-1].metadata["thinking"] == "2 and 2..."
        ask(bot, "sure?", user, clear_history=False)
        assert shown(model) == [("user", "2+2?"), ("assistant", "four"), ("user", "sure?")]

    @pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
    def test_what_was_thought_is_shown_to_whoever_asks_for_it(
        self, system: AgentSystem, stream: bool
    ) -> None:
        """With ``show_thinking=True`` the text is as the model wrote it, and metadata the same."""
        model = ScriptedModel(f"{THOUGHT}four")
        bot = system.spawn(Player, "bot", model, show_thinking=True, stream=stream)
        last = ask(bot, "2+2?").transcript[-1]
        content, metadata = last.content, last.metadata
        if stream:
            chunks = list(Says("x").get_agent_stream_messages(bot, metadata["stream_id"]))
            content, metadata = "".join(text for text, _ in chunks), chunks[-1][1]
        assert content == f"{THOUGHT}four"
        assert metadata["thinking"] == "2 and 2..."

    def test_what_a_server_sent_apart_can_be_shown_too(self, system: AgentSystem) -> None:
        """It stands before the answer, in tags."""
        model = ScriptedModel(Completion("four", thinking="2 and 2..."))
        bot = system.spawn(Player, "bot", model, show_thinking=True)
        assert said(ask(bot, "2+2?"))[-1] == "<think>\n2 and 2...\n</think>\n\nfour"

    def test_a_stream_is_without_thinking(self, system: AgentSystem) -> None:
        """Here and in another process; the last chunk's metadata has what was thought."""
        model = ScriptedModel(Streamed(*STREAMED), "as I said")
        bot = system.spawn(Player, "bot", model, stream=True)
        user = Says("user", None)
        stream = ask(bot, "2+2?", user).transcript[-1].metadata["stream_id"]
        chunks = system.spawn(Reads, "reader").call("read", "bot", stream)
        assert [text for text, _ in chunks] == ["it ", "is ", "four", ""]
        assert chunks[-1][1]["thinking"] == "2 and 2..."
        ask(bot, "sure?", user, clear_history=False)
        assert shown(model)[1] == ("assistant", "it is four")

    def test_thinking_of_which_a_stream_has_no_beginning_is_not_remembered(
        self, system: AgentSystem
    ) -> None:
        """The reader saw it before that was clear; the model is shown its answer alone later."""
        model = ScriptedModel(Streamed("2 and 2...", "</think>four"), "as I said")
        bot = system.spawn(Player, "bot", model, stream=True)
        user = Says("user", None)
        stream = ask(bot, "2+2?", user).transcript[-1].metadata["stream_id"]
        chunks = list(user.get_agent_stream_messages(bot, stream))
        assert "".join(text for text, _ in chunks) == "2 and 2...four"
        assert chunks[-1][1]["thinking"] == "2 and 2..."
        ask(bot, "sure?", user, clear_history=False)
        assert shown(model)[1] == ("assistant", "four")

    @pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
    def test_a_model_may_think_before_it_calls(self, system: AgentSystem, stream: bool) -> None:
        """The proposal has the thinking in its metadata, and no text that is none."""
        call = ToolCall.of("1", "note", word="x")
        model = ScriptedModel(Completion(THOUGHT, [call], "tool_calls"), f"{THOUGHT}noted")
        bot = system.spawn(Toolbox, "bot", model, stream=stream)
        transcript = ask(bot, "note it").transcript
        assert transcript[1].content is None
        assert transcript[1].metadata["thinking"] == "2 and 2..."
        assert bot.call("know", "ran") == ["x"]
        assert tool_results(model) == [("1", "noted x")]
        assert shown(model)[1] == ("assistant", None)
        assert stream or transcript[-1].content == "noted"

    @pytest.mark.parametrize("kind", [False, True], ids=["def", "async def"])
    def test_a_checked_value_is_read_from_the_answer(self, system: AgentSystem, kind: bool) -> None:
        """And not from a draft that the model thought about."""
        thought = '<think>{"good": false, "reason": "cold"}?</think>'
        model = ScriptedModel(
            f'{thought}{{"good": true, "reason": "hot"}}', *([] if kind else [f"{thought}Tea"])
        )
        expected = "True, hot" if kind else "Tea: True, hot"
        assert said(ask(system.spawn(Judge, "judge", model, kind), "tea"))[-1].endswith(expected)

    def test_who_speaks_next_is_read_from_the_answer(self, system: AgentSystem) -> None:
        """A model that thinks of everyone chooses one, and is not shown what it thought."""
        links(system)
        everyone = ", ".join(NAMES)
        model = ScriptedModel(f"<think>{everyone}</think>", f"{everyone}?</think>**{NAMES[1]}**")
        team = group(system, speaker_selection="auto", llm=model, max_round=1)
        assert ending(ask(team, "go"))["speaker"] == NAMES[1]
        assert shown(model)[-2] == ("assistant", "(nothing)")
