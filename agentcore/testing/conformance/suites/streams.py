"""Conformance: answers that are read while a model makes them."""

from __future__ import annotations

import pytest

from agentcore.base.errors import ModelError
from agentcore.protocol.chat_errors import ReplyError
from agentcore.protocol.model_api import ToolCall
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.chat_models import SaysThenCalls, Stuck
from agentcore.testing.conformance.agents.model_users import Reads
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import add
from agentcore.testing.conformance.dialogue import ask
from agentcore.testing.conformance.model_scripts import shown
from agentcore.testing.models.script_items import Streamed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Streams"]


class Streams:
    """``stream=True``: pieces, tool calls before them, and streams that break off."""

    def test_an_answer_can_be_read_as_it_is_made(self, system: AgentSystem) -> None:
        """In this process and in another; the last chunk has the usage."""
        model = ScriptedModel(Streamed("it ", "is ", "four"), "as I said")
        bot = system.spawn(Player, "bot", model, stream=True)
        reader = system.spawn(Reads, "reader")
        user = Says("user", None)
        result = ask(bot, "2+2?", user)
        assert result.stop.kind == "TERMINATE"
        metadata = result.transcript[-1].metadata
        assert (metadata["stream"], metadata["agent"]) == (True, "bot")
        chunks = reader.call("read", "bot", metadata["stream_id"])
        assert [text for text, _ in chunks] == ["it ", "is ", "four", ""]
        assert chunks[-1][1]["usage"]["completion_tokens"] == 3
        here = user.get_agent_stream_messages(bot, metadata["stream_id"])
        assert "".join(text for text, _ in here) == "it is four"
        ask(bot, "sure?", user, clear_history=False)
        assert shown(model) == [("user", "2+2?"), ("assistant", "it is four"), ("user", "sure?")]

    def test_an_answer_after_a_tool_call_is_streamed(self, system: AgentSystem) -> None:
        """The transcript has the round of calls before it."""
        model = ScriptedModel(ToolCall.of("1", "add", a=1, b=2), Streamed("it is ", "3"))
        bot = system.spawn(Player, "bot", model, stream=True, tools=[add])
        result = ask(bot, "1+2?")
        assert [entry.depth for entry in result.transcript] == [0, 1, 1, 0]
        stream = result.transcript[-1].metadata["stream_id"]
        chunks = Says("other").get_agent_stream_messages(bot, stream)
        assert "".join(text for text, _ in chunks) == "it is 3"

    def test_a_stream_that_breaks_off_tells_its_reader(self, system: AgentSystem) -> None:
        """The reader gets the pieces before the failure, and then the error."""
        model = ScriptedModel(Streamed("it ", ModelError("the line is dead", model="m")))
        bot = system.spawn(Player, "bot", model, stream=True)
        result = ask(bot, "2+2?")
        reader = Says("other").get_agent_stream_messages(
            bot, result.transcript[-1].metadata["stream_id"]
        )
        assert next(reader)[0] == "it "
        with pytest.raises(ReplyError, match="the line is dead"):
            next(reader)

    def test_once_read_all_have_the_text_and_the_tokens(self, system: AgentSystem) -> None:
        """The result, the histories of both sides, and the models of both."""
        bot = system.spawn(
            Player, "bot", ScriptedModel(Streamed("it ", "is ", "four")), stream=True
        )
        user = Says("user", None)
        result = ask(bot, "2+2?", user)
        assert not result.usage
        where = result.transcript[-1].metadata
        for _ in user.get_agent_stream_messages(bot, where["stream_id"]):
            pass
        assert result.last_message is not None
        assert result.last_message.content == "it is four"
        assert result.usage.completion_tokens == 3
        assert user.heard("bot")[-1] == ("user", "it is four")
        assert bot.call("heard", "user")[-1] == ("assistant", "it is four")

    def test_a_nested_send_gives_the_text_of_a_stream(self, system: AgentSystem) -> None:
        """It is read to its end first, and the tokens count in the conversation around it."""
        for kind, name in ((Asks, "now"), (AsksLater, "later")):
            system.spawn(Player, f"bot-{name}", ScriptedModel(Streamed("so ", "so")), stream=True)
            clerk = system.spawn(kind, name, {"user": [f"bot-{name}"]})
            result = ask(clerk, "well?")
            assert (result.transcript[-1].content, result.usage.completion_tokens) == (
                f"{name}(so so)", 2,
            )  # fmt: skip

    def test_a_nested_send_to_a_stream_that_breaks_off_fails(self, system: AgentSystem) -> None:
        """The error is that of the stream."""
        model = ScriptedModel(Streamed("it ", ModelError("the line is dead", model="m")))
        system.spawn(Player, "bot", model, stream=True)
        clerk = system.spawn(Asks, "clerk", {"user": ["bot"]})
        with pytest.raises(ReplyError, match="the line is dead"):
            ask(clerk, "well?")

    def test_pieces_pass_as_they_come_though_there_are_tools(self, system: AgentSystem) -> None:
        """The conversation is over, and the first piece there, before the model goes on."""
        model = Stuck("it ", "is ")
        bot = Player("bot", model, stream=True, tools=[add])
        user = Says("user", None)
        result = ask(bot, "1+2?", user, timeout=20)
        reader = user.get_agent_stream_messages(bot, result.transcript[-1].metadata["stream_id"])
        assert [next(reader)[0], next(reader)[0]] == ["it ", "is "]
        reader.close()

    def test_a_call_after_text_is_run_within_the_stream(self, system: AgentSystem) -> None:
        """The pieces before it and after it are one answer, whose tokens are all counted."""
        model = SaysThenCalls("let me see: ", ToolCall.of("1", "add", a=1, b=2), "it is 3")
        bot = system.spawn(Player, "bot", model, stream=True, tools=[add])
        user = Says("user", None)
        result = ask(bot, "1+2?", user)
        stream = result.transcript[-1].metadata["stream_id"]
        pieces = [text for text, _ in user.get_agent_stream_messages(bot, stream)]
        assert "".join(pieces) == "let me see: it is 3"
        assert user.heard("bot")[-1] == ("user", "let me see: it is 3")
        assert result.usage.completion_tokens == 3
