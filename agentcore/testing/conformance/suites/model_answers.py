"""Conformance: what a model is shown, and what its answers cost."""

from __future__ import annotations

from agentcore.protocol.conditions import TokenBudget
from agentcore.protocol.model_api import Completion, Sampling, ToolCall, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Returns, Says
from agentcore.testing.conformance.agents.chat_models import Plain
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Toolbox
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.model_scripts import AT_ONCE_AND_LATER, shown, timed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ModelAnswers"]


class ModelAnswers:
    """A model as an agent's last rule."""

    @AT_ONCE_AND_LATER
    def test_a_model_answers_where_no_rule_does(self, system: AgentSystem, later: bool) -> None:
        """The system message comes first, then what was said; ``rule`` is ``llm``."""
        model = ScriptedModel(timed("four", later))
        bot = system.spawn(Player, "bot", model, system_message="You add.")
        assert said(ask(bot, "2+2?")) == ["2+2?", "four"]
        assert shown(model) == [("system", "You add."), ("user", "2+2?")]
        assert bot.call("heard", "user") == [("user", "2+2?"), ("assistant", "four")]

    def test_an_agent_without_a_system_message_shows_none(self, system: AgentSystem) -> None:
        """The model is shown the history alone."""
        model = ScriptedModel("hello")
        ask(system.spawn(Player, "bot", model), "hi")
        assert shown(model) == [("user", "hi")]

    def test_rules_decide_before_the_model_is_asked(self, system: AgentSystem) -> None:
        """A final rule wins over the model, and the model wins over the default reply."""
        model = ScriptedModel("from the model")
        bot = system.spawn(Says, "bot", "from a rule", llm=model)
        assert said(ask(bot, "hi"))[-1] == "from a rule"
        other = system.spawn(
            Returns, "other", (False, None), llm=model, default_auto_reply="by default"
        )
        assert said(ask(other, "hi"))[-1] == "from the model"
        plain = system.spawn(Returns, "plain", (False, None), default_auto_reply="by default")
        assert said(ask(plain, "hi"))[-1] == "by default"

    def test_a_terminal_message_asks_no_model(self, system: AgentSystem) -> None:
        """The message is recorded, and not answered."""
        model = ScriptedModel()
        result = ask(system.spawn(Player, "bot", model), "bye TERMINATE")
        assert result.stop.kind == "TERMINATION_MESSAGE"
        assert model.calls == ()

    def test_a_model_is_shown_the_history_with_that_peer_alone(self, system: AgentSystem) -> None:
        """Conversations with several peers are kept apart."""
        model = ScriptedModel("to ann", "to ben", "to ann again")
        bot = system.spawn(Player, "bot", model)
        ann, ben = Says("ann", None), Says("ben", None)
        ask(bot, "I am ann", ann)
        ask(bot, "I am ben", ben)
        ask(bot, "me again", ann, clear_history=False)
        assert shown(model, 1) == [("user", "I am ben")]
        assert shown(model, 2) == [
            ("user", "I am ann"), ("assistant", "to ann"), ("user", "me again"),
        ]  # fmt: skip

    def test_two_models_converse_each_from_its_own_side(self, system: AgentSystem) -> None:
        """The assistant's messages of one are the user's messages of the other."""
        first = ScriptedModel("two", "four", name="first")
        second = ScriptedModel("one", "three", name="second")
        bot = system.spawn(Player, "bot", first)
        result = system.spawn(Player, "rob", second).initiate_chat(
            bot, "zero", silent=True, max_turns=4
        )
        second.checked = first.checked = True
        assert said(result) == ["zero", "two", "one", "four"]
        assert shown(first, 1) == [("user", "zero"), ("assistant", "two"), ("user", "one")]
        assert shown(second, 0) == [("assistant", "zero"), ("user", "two")]

    def test_a_model_that_alternates_is_shown_merged_messages(self, system: AgentSystem) -> None:
        """Messages of the same role in a row are merged, and the first role is user."""
        model = ScriptedModel("well", alternates=True)
        bot = system.spawn(Player, "bot", model, system_message="Be kind.")
        user = Says("user", None)
        bot.initiate_chat(system.spawn(Says, "quiet", None), "no", silent=True)
        for text in ("one", "two"):
            user.send(text, bot, request_reply=False, silent=True)
        user.send("three", bot, silent=True)
        assert shown(model) == [("system", "Be kind."), ("user", "one\n\ntwo\n\nthree")]

    def test_a_model_that_alternates_is_shown_a_user_first(self, system: AgentSystem) -> None:
        """A user message is put before the agent's own first message."""
        model = ScriptedModel("go on", alternates=True)
        bot = system.spawn(Player, "bot", model)
        bot.initiate_chat(system.spawn(Says, "ann", "yes"), "hi", silent=True, max_turns=3)
        assert [role for role, _ in shown(model)] == ["user", "assistant", "user"]

    def test_names_are_shown_as_names_or_in_the_text(self, system: AgentSystem) -> None:
        """The model decides which; characters that no model accepts are replaced."""
        for in_text in (False, True):
            model = ScriptedModel("hi", names_in_text=in_text)
            bot = system.spawn(Player, f"bot-{in_text}", model)
            ask(bot, {"content": "hello", "name": "Dr. Who"})
            (message,) = model.calls[0].messages
            expected = {"content": "Dr. Who: hello"} if in_text else {
                "content": "hello", "name": "Dr__Who",
            }  # fmt: skip
            assert dict(message) == {"role": "user", **expected}

    def test_sampling_and_deadline_reach_the_model(self, system: AgentSystem) -> None:
        """The agent's sampling overrides the model's own."""
        model = ScriptedModel("cool")
        bot = system.spawn(Player, "bot", model, sampling=Sampling(temperature=0, seed=7))
        ask(bot, "hi", timeout=60)
        assert model.calls[0].sampling == Sampling(temperature=0, seed=7)

    def test_a_model_may_answer_with_a_text(self, system: AgentSystem) -> None:
        """A model may return a str in place of a `Completion`."""
        bot = system.spawn(Player, "bot", Plain())  # type: ignore[call-overload]
        assert said(ask(bot, "hi"))[-1] == "plain: hi"

    def test_usage_stands_in_the_metadata_and_in_the_result(self, system: AgentSystem) -> None:
        """The sum includes tool rounds and nested conversations."""
        call = ToolCall.of("1", "ask_peer", peer="carol", question="and you?")
        model = ScriptedModel(
            Completion(tool_calls=[call], usage=Usage(3, 4)), Completion("so", usage=Usage(5, 6))
        )
        system.spawn(
            Player, "carol", ScriptedModel(Completion("fine TERMINATE", usage=Usage(100, 200)))
        )
        result = ask(system.spawn(Toolbox, "bot", model), "how are you?")
        assert result.usage == Usage(108, 210)
        assert result.last_message is not None
        assert result.last_message.metadata["usage"]["total_tokens"] == 11

    def test_an_agent_knows_what_its_models_used_in_all_its_chats(
        self, system: AgentSystem
    ) -> None:
        """Rounds of tools and being asked again count; what a peer's model used does not."""
        call = ToolCall("c1", "add", '{"a": 1, "b": 2}')
        used = Usage(3, 4)
        model = ScriptedModel(
            Completion(tool_calls=[call], usage=used), Completion("", usage=used),
            Completion("3", usage=used), Completion("so", usage=used),
        )  # fmt: skip
        bot = system.spawn(Toolbox, "bot", model)
        for _ in range(2):
            ask(bot, "1 + 2?")
        assert bot.call("get_total_usage") == Usage(12, 16)
        again = system.spawn(Player, "again", ScriptedModel(Completion("fine", usage=used)))
        again.call("load_state", bot.call("save_state"))
        again.initiate_chat(bot, "hi", silent=True, max_turns=1)
        ask(again, "hi")
        assert again.call("get_total_usage") == Usage(15, 20)

    def test_what_a_stream_used_counts_when_it_was_read(self, system: AgentSystem) -> None:
        """Whoever reads it."""
        model = ScriptedModel(Completion("one two", usage=Usage(1, 2)))
        bot = system.spawn(Player, "bot", model, stream=True)
        where = ask(bot, "go").last_message
        assert where is not None
        list(system.get_agent_stream_messages(bot, where.metadata["stream_id"]))
        assert bot.call("get_total_usage") == Usage(1, 2)

    def test_a_token_budget_stops_the_conversation(self, system: AgentSystem) -> None:
        """The message that reaches the number of tokens is the last."""
        model = ScriptedModel(*[Completion("more", usage=Usage(10, 10))] * 3)
        bot = system.spawn(Player, "bot", model)
        talker = system.spawn(Says, "talker", "go on")
        result = talker.initiate_chat(bot, "go", silent=True, until=TokenBudget(total=50))
        assert result.stop.kind == "CONDITION"
        assert said(result) == ["go", "more", "go on", "more", "go on", "more"]

    def test_a_finish_reason_that_is_none_of_the_usual_is_said(self, system: AgentSystem) -> None:
        """The metadata shows, for example, that the answer was cut off."""
        model = ScriptedModel(Completion("to be conti", finish_reason="length"))
        result = ask(system.spawn(Player, "bot", model), "tell me")
        assert result.transcript[-1].metadata["finish_reason"] == "length"
