"""Conformance: what one sees of a conversation while it goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.conditions import MaxMessages, SourceMatch
from agentcore.protocol.transcript import Entry
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Counts, Says
from agentcore.testing.conformance.agents.asking import Asks
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.agents.traced import REQUEST, TellsRequest, TracedAgent
from agentcore.testing.conformance.model_scripts import tool_call
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Observing"]


class Observing:
    """What is printed, what is logged, and what a condition is shown."""

    def test_a_silent_system_prints_nothing(
        self, system: AgentSystem, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Whatever the conversation is given, and nested ones and those of refs neither."""
        with connect(system._runtime.core.backend, silent=True) as quiet:
            quiet.spawn(Says, "bob", "I am Bob")
            alice = quiet.spawn(Asks, "alice", {"user": ["bob"]})
            user = quiet.spawn(Says, "user", None)
            assert user.initiate_chat(alice, "who?").turns == 4
            assert user.initiate_chat(alice, "who?", silent=False).turns == 4
        assert capsys.readouterr().out == ""

    @pytest.fixture
    def log(self) -> Iterator[list[str]]:
        """The lines that agentcore logs in this process."""
        loguru = pytest.importorskip("loguru")
        lines: list[str] = []
        loguru.logger.enable("agentcore")
        sink = loguru.logger.add(lambda line: lines.append(line.strip()), format="{message}")
        yield lines
        loguru.logger.remove(sink)
        loguru.logger.disable("agentcore")

    def test_who_listens_to_the_log_hears_a_line_a_turn(
        self, system: AgentSystem, log: list[str]
    ) -> None:
        """Who answered whom and by what, and why it stopped; turns of other processes log there."""
        counter = system.spawn(Counts, "counter")
        user = Counts("user", max_consecutive_auto_reply=1)
        user.initiate_chat(counter, "1", silent=True)
        assert [line for line in log if not line.startswith("counter ")] == [
            "user began a conversation with counter",
            "user answered counter, by rule count",
            "the conversation of user with counter stopped: MAX_AUTO_REPLY at user",
        ]

    def test_the_log_names_the_model_that_answered(
        self, system: AgentSystem, log: list[str]
    ) -> None:
        """And tells it from a default reply."""
        system.spawn(Says, "bob", "hi")
        friend = Player("friend", llm=ScriptedModel("hello", name="clever"), default_auto_reply="x")
        mute = Player("mute", default_auto_reply="well")
        for user in (friend, mute):
            user.initiate_chat("bob", "hi", silent=True, max_turns=3)
        assert [line for line in log if " answered bob" in line] == [
            "friend answered bob, by model clever",
            "mute answered bob, by its default_auto_reply",
        ]

    @pytest.mark.parametrize("elsewhere", [False, True], ids=["itself", "executor"])
    def test_a_condition_sees_proposed_calls_before_they_are_run(
        self, system: AgentSystem, elsewhere: bool
    ) -> None:
        """The proposal is the last message, and the stop names the condition."""
        runner = Toolbox("runner")
        model = ScriptedModel(tool_call("note", word="x"))
        bot = Toolbox("bot", model, executor=runner if elsewhere else None)
        user = Says("user", None)
        result = user.initiate_chat(bot, "go", silent=True, until=lambda seen: _calls(seen[-1]))
        assert (result.stop.kind, result.stop.agent) == ("CONDITION", "bot")
        assert [_calls(entry) for entry in result.transcript] == [[], ["note"]]
        assert result.transcript[-1].recipient == ("runner" if elsewhere else "bot")
        assert (bot.ran, runner.ran) == ([], [])

    def test_a_condition_that_does_not_hold_lets_the_calls_run(self, system: AgentSystem) -> None:
        """What an agent says to itself is no answer of it, for ``SourceMatch``."""
        bot = Toolbox("bot", ScriptedModel(tool_call("note", word="x"), "noted"))
        user = Says("user", "more")
        until = SourceMatch("bot") | MaxMessages(5)
        result = user.initiate_chat(bot, "go", silent=True, until=until)
        assert (bot.ran, result.transcript[-1].content) == (["x"], "noted")
        assert result.stop.detail == "SourceMatch('bot')"

    def test_a_condition_that_raises_at_a_proposal_fails_the_conversation(
        self, system: AgentSystem
    ) -> None:
        """The error names the condition, and the call is not run."""
        bot = Toolbox("bot", ScriptedModel(tool_call("note", word="x")))
        with pytest.raises(ReplyError, match=r"until .*ZeroDivisionError"):
            Says("user", None).initiate_chat(
                bot, "go", silent=True, until=lambda seen: bool(_calls(seen[-1])) and 1 / 0
            )
        assert bot.ran == []

    def test_context_variables_of_the_caller_reach_rules_tools_and_models(
        self, system: AgentSystem
    ) -> None:
        """Between agents of one process, nested ones and those called through a ref included."""
        model = TellsRequest(tool_call("note_request"))
        helper = TracedAgent("helper")
        bot = TracedAgent("bot", model, asks=helper)
        for name in ("r1", "r2"):
            token = REQUEST.set(name)
            try:
                result = TracedAgent("user", answers=False).initiate_chat(bot, "go", silent=True)
            finally:
                REQUEST.reset(token)
            assert result.transcript[-1].content == name
            assert bot.seen == ["rule", name, "later", name, "tool", name]
            assert helper.seen == ["rule", name, "later", name]
            bot.seen.clear()
            helper.seen.clear()
            model.asked = False
        TracedAgent("user", answers=False).initiate_chat(helper, "go", silent=True)
        assert helper.seen == ["rule", "none", "later", "none"]


def _calls(entry: Entry) -> list[str]:
    return [call["function"]["name"] for call in entry.message.tool_calls or ()]
