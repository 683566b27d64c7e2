"""Conformance: models that fail, or do not answer in time."""

from __future__ import annotations

import pytest

from agentcore.base.errors import ModelError
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.protocol.model_api import Completion
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.chat_models import Odd, Stuck
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.sending import Sends
from agentcore.testing.conformance.dialogue import ask, eventually, said
from agentcore.testing.conformance.model_scripts import AT_ONCE_AND_LATER, timed
from agentcore.testing.models.script_items import Delayed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ModelFailures"]


class ModelFailures:
    """A model that fails fails its conversation alone."""

    @AT_ONCE_AND_LATER
    def test_a_model_that_raises_fails_the_conversation(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The error names agent and model, and the agent can converse again."""
        model = ScriptedModel(
            timed(ModelError("model 'gpt' is on fire", model="gpt"), later), "better now"
        )
        bot = system.spawn(Player, "bot", model)
        with pytest.raises(ReplyError, match=r"agent 'bot' raised ModelError.*'gpt'") as caught:
            ask(bot, "hi")
        assert (caught.value.agent, caught.value.rule) == ("bot", "llm")
        assert caught.value.result is not None
        assert said(caught.value.result) == ["hi"]
        assert said(ask(bot, "hi"))[-1] == "better now"

    @pytest.mark.parametrize("kind", [Completion(""), Completion("", finish_reason="length")])
    def test_an_empty_answer_is_an_error(self, system: AgentSystem, kind: Completion) -> None:
        """The error names the model and the finish reason."""
        model = ScriptedModel(kind, name="mute")
        with pytest.raises(ReplyError, match=f"'?mute'? answered nothing.*{kind.finish_reason}"):
            ask(system.spawn(Player, "bot", model), "hi")

    def test_what_is_no_answer_is_an_error(self, system: AgentSystem) -> None:
        """The error names the model that answered with a number."""
        with pytest.raises(ReplyError, match="model odd answered 42"):
            ask(system.spawn(Player, "bot", Odd()), "hi")  # type: ignore[call-overload]

    def test_what_is_no_model_is_an_error(self, system: AgentSystem) -> None:
        """A name that the configuration does not have is an error, too."""
        with pytest.raises(ReplyError, match="is a ChatModel or the name of one"):
            ask(system.spawn(Player, "bot", 42), "hi")  # type: ignore[call-overload]
        with pytest.raises(ReplyError, match=r"ConfigError.*'gtp'"):
            ask(system.spawn(Player, "other", "gtp"), "hi")

    @pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
    def test_a_deadline_ends_a_model_that_does_not_answer(
        self, system: AgentSystem, stream: bool
    ) -> None:
        """A `ChatTimeoutError` is raised, and the request to the model is cancelled."""
        bot = system.spawn(Player, "bot", Stuck(), stream=stream)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(bot, "hi", timeout=1.0)
        assert caught.value.result is not None
        assert said(caught.value.result) == ["hi"]
        eventually(lambda: bot.call("know", "llm").cancelled == 1)

    def test_a_model_that_meets_the_deadline_itself_is_no_failure_of_the_agent(
        self, system: AgentSystem
    ) -> None:
        """Model and runtime both watch the deadline; either way it is a `ChatTimeoutError`."""
        model = ScriptedModel(*[Delayed(60, "too late")] * 5)
        bot = system.spawn(Player, "bot", model)
        for _ in range(5):
            with pytest.raises(ChatTimeoutError):
                ask(bot, "hi", timeout=0.5)

    def test_a_rule_is_told_that_what_it_asked_ran_out_of_time(self, system: AgentSystem) -> None:
        """The timeout of a send ends the model's request, and the rule that sent goes on."""
        system.spawn(Player, "bot", Stuck())
        asker = system.spawn(Sends, "asker", "bot", catches=True, sending={"timeout": 0.1})
        assert said(ask(asker, "hi"))[-1] == "caught ChatTimeoutError"

    def test_a_conversation_can_be_cancelled_while_a_model_thinks(
        self, system: AgentSystem
    ) -> None:
        """It stops at once, whatever the model does."""
        bot = system.spawn(Player, "bot", Stuck())
        chat = Says("user", None).start_chat(bot, "hi", silent=True)
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"
