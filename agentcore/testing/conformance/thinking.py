"""Conformance: what a model does in a turn."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.agents.history_policies import keep_last, summarise
from agentcore.base.errors import ModelError, OutputError
from agentcore.models import Completion, Sampling, ToolCall, Usage
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.protocol.conditions import TokenBudget
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance import thinkers as thinkers
from agentcore.testing.conformance.suite import ask, eventually, said
from agentcore.testing.models.script_items import Delayed, Expect, Streamed
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Thinking"]

LATER = pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])


def timed(item: Any, later: bool) -> Any:
    """Give an item of a script that is answered at once, or is to be awaited."""
    return Delayed(0, item) if later else item


def shown(model: ScriptedModel, call: int = -1) -> list[tuple[str, Any]]:
    """Give role and content of what the model was shown."""
    return [(each["role"], each.get("content")) for each in model.calls[call].messages]


class Thinking:
    """A model as an agent's last rule."""

    # --- what the model is shown, and what comes of it -------------------------------------------

    @LATER
    def test_a_model_answers_where_no_rule_does(self, system: AgentSystem, later: bool) -> None:
        """The system message comes first, then what was said; ``rule`` is ``llm``."""
        model = ScriptedModel(timed("four", later))
        bot = system.spawn(cast.Player, "bot", model, system_message="You add.")
        assert said(ask(bot, "2+2?")) == ["2+2?", "four"]
        assert shown(model) == [("system", "You add."), ("user", "2+2?")]
        assert bot.call("heard", "user") == [("user", "2+2?"), ("assistant", "four")]

    def test_an_agent_without_a_system_message_shows_none(self, system: AgentSystem) -> None:
        """Nothing but the history."""
        model = ScriptedModel("hello")
        ask(system.spawn(cast.Player, "bot", model), "hi")
        assert shown(model) == [("user", "hi")]

    def test_rules_decide_before_the_model_is_asked(self, system: AgentSystem) -> None:
        """A final rule wins, one that is not does not; the default answers without a model."""
        model = ScriptedModel("from the model")
        bot = system.spawn(cast.Says, "bot", "from a rule", llm=model)
        assert said(ask(bot, "hi"))[-1] == "from a rule"
        other = system.spawn(
            cast.Returns, "other", (False, None), llm=model, default_auto_reply="by default"
        )
        assert said(ask(other, "hi"))[-1] == "from the model"
        plain = system.spawn(cast.Returns, "plain", (False, None), default_auto_reply="by default")
        assert said(ask(plain, "hi"))[-1] == "by default"

    def test_a_terminal_message_asks_no_model(self, system: AgentSystem) -> None:
        """It is recorded, and not answered."""
        model = ScriptedModel()
        result = ask(system.spawn(cast.Player, "bot", model), "bye TERMINATE")
        assert result.stop.kind == "TERMINATION_MESSAGE"
        assert model.calls == ()

    def test_a_model_is_shown_the_history_with_that_peer_alone(self, system: AgentSystem) -> None:
        """Each peer's conversation is one of its own, and goes on where it was."""
        model = ScriptedModel("to ann", "to ben", "to ann again")
        bot = system.spawn(cast.Player, "bot", model)
        ann, ben = cast.Says("ann", None), cast.Says("ben", None)
        ask(bot, "I am ann", ann)
        ask(bot, "I am ben", ben)
        ask(bot, "me again", ann, clear_history=False)
        assert shown(model, 1) == [("user", "I am ben")]
        assert shown(model, 2) == [
            ("user", "I am ann"), ("assistant", "to ann"), ("user", "me again"),
        ]  # fmt: skip

    def test_two_models_converse_each_from_its_own_side(self, system: AgentSystem) -> None:
        """What one says as assistant, the other is shown as user."""
        first = ScriptedModel("two", "four", name="first")
        second = ScriptedModel("one", "three", name="second")
        bot = system.spawn(cast.Player, "bot", first)
        result = system.spawn(cast.Player, "rob", second).initiate_chat(
            bot, "zero", silent=True, max_turns=4
        )
        second.checked = first.checked = True
        assert said(result) == ["zero", "two", "one", "four"]
        assert shown(first, 1) == [("user", "zero"), ("assistant", "two"), ("user", "one")]
        assert shown(second, 0) == [("assistant", "zero"), ("user", "two")]

    def test_a_model_that_alternates_is_shown_merged_messages(self, system: AgentSystem) -> None:
        """What was said in a row is one message, and a user begins."""
        model = ScriptedModel("well", alternates=True)
        bot = system.spawn(cast.Player, "bot", model, system_message="Be kind.")
        user = cast.Says("user", None)
        bot.initiate_chat(system.spawn(cast.Says, "quiet", None), "no", silent=True)
        for text in ("one", "two"):
            user.send(text, bot, request_reply=False, silent=True)
        user.send("three", bot, silent=True)
        assert shown(model) == [("system", "Be kind."), ("user", "one\n\ntwo\n\nthree")]

    def test_a_model_that_alternates_is_shown_a_user_first(self, system: AgentSystem) -> None:
        """Where the agent itself began, something stands before it."""
        model = ScriptedModel("go on", alternates=True)
        bot = system.spawn(cast.Player, "bot", model)
        bot.initiate_chat(system.spawn(cast.Says, "ann", "yes"), "hi", silent=True, max_turns=3)
        assert [role for role, _ in shown(model)] == ["user", "assistant", "user"]

    def test_names_are_shown_as_names_or_in_the_text(self, system: AgentSystem) -> None:
        """As the model wants them; characters that no model takes are replaced."""
        for in_text in (False, True):
            model = ScriptedModel("hi", names_in_text=in_text)
            bot = system.spawn(cast.Player, f"bot-{in_text}", model)
            ask(bot, {"content": "hello", "name": "Dr. Who"})
            (message,) = model.calls[0].messages
            expected = {"content": "Dr. Who: hello"} if in_text else {
                "content": "hello", "name": "Dr__Who",
            }  # fmt: skip
            assert dict(message) == {"role": "user", **expected}

    def test_sampling_and_deadline_reach_the_model(self, system: AgentSystem) -> None:
        """What the agent sets goes over what the model is set to."""
        model = ScriptedModel("cool")
        bot = system.spawn(cast.Player, "bot", model, sampling=Sampling(temperature=0, seed=7))
        ask(bot, "hi", timeout=60)
        assert model.calls[0].sampling == Sampling(temperature=0, seed=7)

    def test_a_model_may_answer_with_a_text(self, system: AgentSystem) -> None:
        """The protocol's `Completion`, or a str."""
        bot = system.spawn(cast.Player, "bot", thinkers.Plain())
        assert said(ask(bot, "hi"))[-1] == "plain: hi"

    # --- what it costs ---------------------------------------------------------------------------

    def test_usage_stands_in_the_metadata_and_in_the_result(self, system: AgentSystem) -> None:
        """Of each answer, and summed, tool rounds and nested conversations included."""
        call = ToolCall.of("1", "ask_peer", peer="carol", question="and you?")
        model = ScriptedModel(
            Completion(tool_calls=[call], usage=Usage(3, 4)), Completion("so", usage=Usage(5, 6))
        )
        system.spawn(
            cast.Player, "carol", ScriptedModel(Completion("fine TERMINATE", usage=Usage(100, 200)))
        )
        result = ask(system.spawn(thinkers.Toolbox, "bot", model), "how are you?")
        assert result.usage == Usage(108, 210)
        assert result.last_message is not None
        assert result.last_message.metadata["usage"]["total_tokens"] == 11

    def test_a_token_budget_stops_the_conversation(self, system: AgentSystem) -> None:
        """At the message that reaches it."""
        model = ScriptedModel(*[Completion("more", usage=Usage(10, 10))] * 3)
        bot = system.spawn(cast.Player, "bot", model)
        talker = system.spawn(cast.Says, "talker", "go on")
        result = talker.initiate_chat(bot, "go", silent=True, until=TokenBudget(total=50))
        assert result.stop.kind == "CONDITION"
        assert said(result) == ["go", "more", "go on", "more", "go on", "more"]

    def test_a_finish_reason_that_is_none_of_the_usual_is_said(self, system: AgentSystem) -> None:
        """So a cut-off answer can be told from a whole one."""
        model = ScriptedModel(Completion("to be conti", finish_reason="length"))
        result = ask(system.spawn(cast.Player, "bot", model), "tell me")
        assert result.transcript[-1].metadata["finish_reason"] == "length"

    # --- failures --------------------------------------------------------------------------------

    @LATER
    def test_a_model_that_raises_fails_the_conversation(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The error names the agent and the model, and the agent is as good as new."""
        model = ScriptedModel(
            timed(ModelError("model 'gpt' is on fire", model="gpt"), later), "better now"
        )
        bot = system.spawn(cast.Player, "bot", model)
        with pytest.raises(ReplyError, match=r"agent 'bot' raised ModelError.*'gpt'") as caught:
            ask(bot, "hi")
        assert (caught.value.agent, caught.value.rule) == ("bot", "llm")
        assert caught.value.result is not None
        assert said(caught.value.result) == ["hi"]
        assert said(ask(bot, "hi"))[-1] == "better now"

    @pytest.mark.parametrize("kind", [Completion(""), Completion("", finish_reason="length")])
    def test_an_empty_answer_is_an_error(self, system: AgentSystem, kind: Completion) -> None:
        """It says which model said nothing, and why it ended."""
        model = ScriptedModel(kind, name="mute")
        with pytest.raises(ReplyError, match=f"'?mute'? answered nothing.*{kind.finish_reason}"):
            ask(system.spawn(cast.Player, "bot", model), "hi")

    def test_what_is_no_answer_is_an_error(self, system: AgentSystem) -> None:
        """A model that gives a number is named."""
        with pytest.raises(ReplyError, match="model odd answered 42"):
            ask(system.spawn(cast.Player, "bot", thinkers.Odd()), "hi")

    def test_what_is_no_model_is_an_error(self, system: AgentSystem) -> None:
        """So is a name that the configuration does not have."""
        with pytest.raises(ReplyError, match="is a ChatModel or the name of one"):
            ask(system.spawn(cast.Player, "bot", 42), "hi")
        with pytest.raises(ReplyError, match=r"ConfigError.*'gtp'"):
            ask(system.spawn(cast.Player, "other", "gtp"), "hi")

    @pytest.mark.parametrize("stream", [False, True], ids=["complete", "stream"])
    def test_a_deadline_ends_a_model_that_does_not_answer(
        self, system: AgentSystem, stream: bool
    ) -> None:
        """`ChatTimeoutError`, and what waits for the model is cancelled."""
        bot = system.spawn(cast.Player, "bot", thinkers.Stuck(), stream=stream)
        with pytest.raises(ChatTimeoutError) as caught:
            ask(bot, "hi", timeout=1.0)
        assert caught.value.result is not None
        assert said(caught.value.result) == ["hi"]
        eventually(lambda: bot.call("know", "llm").cancelled == 1)

    def test_a_model_that_meets_the_deadline_itself_is_no_failure_of_the_agent(
        self, system: AgentSystem
    ) -> None:
        """A model is told how long it has; whoever notices first, it is the same error."""
        model = ScriptedModel(*[Delayed(60, "too late")] * 5)
        bot = system.spawn(cast.Player, "bot", model)
        for _ in range(5):
            with pytest.raises(ChatTimeoutError):
                ask(bot, "hi", timeout=0.5)

    def test_a_rule_is_told_that_what_it_asked_ran_out_of_time(self, system: AgentSystem) -> None:
        """The deadline of one send ends the model's answer to it, and the rule goes on."""
        system.spawn(cast.Player, "bot", thinkers.Stuck())
        asker = system.spawn(cast.Sends, "asker", "bot", catches=True, sending={"timeout": 0.1})
        assert said(ask(asker, "hi"))[-1] == "caught ChatTimeoutError"

    def test_a_conversation_can_be_cancelled_while_a_model_thinks(
        self, system: AgentSystem
    ) -> None:
        """It stops at once, whatever the model does."""
        bot = system.spawn(cast.Player, "bot", thinkers.Stuck())
        chat = cast.Says("user", None).start_chat(bot, "hi", silent=True)
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    # --- histories that are too long -------------------------------------------------------------

    def converse(self, system: AgentSystem, model: Any, turns: int, **options: Any) -> Any:
        """Let a user say ``0``, ``1``, ... to an agent, whose model answers each."""
        bot = system.spawn(cast.Player, "bot", model, system_message="Count.", **options)
        user = cast.Says("user", None)
        return [
            ask(bot, str(number), user, clear_history=number == 0).last_message
            for number in range(turns)
        ]

    def test_keep_last_shows_the_end_and_says_so(self, system: AgentSystem) -> None:
        """Never a silent cut: the metadata has how many of how many were shown."""
        model = ScriptedModel(*"abc")
        answers = self.converse(system, model, 3, history_policy=keep_last(2))
        assert shown(model) == [("system", "Count."), ("assistant", "b"), ("user", "2")]
        assert "history" not in answers[0].metadata
        assert dict(answers[2].metadata["history"]) == {"shown": 2, "of": 5}

    def test_keep_last_keeps_calls_and_their_results_together(self, system: AgentSystem) -> None:
        """A result without its call is what no model takes."""
        calls = [ToolCall.of("a", "add", a=1, b=2), ToolCall.of("b", "add", a=3, b=4)]
        model = ScriptedModel(calls, "done", "again")
        self.converse(system, model, 2, tools=[thinkers.add], history_policy=keep_last(3))
        assert [role for role, _ in shown(model)] == [
            "system", "assistant", "tool", "tool", "assistant", "user",
        ]  # fmt: skip

    def test_summarise_asks_the_model_once_for_what_came_before(self, system: AgentSystem) -> None:
        """What it costs is in the answer that it is for; the summary is kept for the next."""
        model = ScriptedModel(
            "a", "b", "c", Expect("user: 0", Completion("they counted", usage=Usage(50, 5))),
            Completion("d", usage=Usage(7, 1)), "e",
        )  # fmt: skip
        answers = self.converse(system, model, 5, history_policy=summarise(keep=2, after=6))
        summary = "(Summary of what was said before: they counted)"
        for call, count in ((4, 3), (5, 5)):
            assert shown(model, call)[:2] == [("system", "Count."), ("user", summary)]
            assert len(shown(model, call)) == 2 + count
        assert answers[3].metadata["usage"]["total_tokens"] == 63
        assert dict(answers[3].metadata["history"]) == {"shown": 4, "of": 7}

    @pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
    def test_a_function_of_ones_own_decides_what_is_shown(
        self, system: AgentSystem, later: bool
    ) -> None:
        """It may ask the model itself."""
        policy: Any = thinkers.loudly if later else thinkers.two_at_the_end
        script = ["x", "a", "three said", "b"] if later else ["a", "b"]
        model = ScriptedModel(*script)
        answers = self.converse(system, model, 2, history_policy=policy)
        last = [("user", "THREE SAID")] if later else [("assistant", "a"), ("user", "1")]
        assert shown(model) == [("system", "Count."), *last]
        assert answers[1].metadata["history"]["shown"] == len(last)

    # --- streams ---------------------------------------------------------------------------------

    def test_an_answer_can_be_read_as_it_is_made(self, system: AgentSystem) -> None:
        """Here and in another process; the last chunk has the usage, and then the model knows."""
        model = ScriptedModel(Streamed("it ", "is ", "four"), "as I said")
        bot = system.spawn(cast.Player, "bot", model, stream=True)
        reader = system.spawn(thinkers.Reads, "reader")
        user = cast.Says("user", None)
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
        """The round of calls comes first, in the transcript."""
        model = ScriptedModel(ToolCall.of("1", "add", a=1, b=2), Streamed("it is ", "3"))
        bot = system.spawn(cast.Player, "bot", model, stream=True, tools=[thinkers.add])
        result = ask(bot, "1+2?")
        assert [entry.depth for entry in result.transcript] == [0, 1, 1, 0]
        stream = result.transcript[-1].metadata["stream_id"]
        chunks = cast.Says("other").get_agent_stream_messages(bot, stream)
        assert "".join(text for text, _ in chunks) == "it is 3"

    def test_a_stream_that_breaks_off_tells_its_reader(self, system: AgentSystem) -> None:
        """After what was said until then."""
        model = ScriptedModel(Streamed("it ", ModelError("the line is dead", model="m")))
        bot = system.spawn(cast.Player, "bot", model, stream=True)
        result = ask(bot, "2+2?")
        reader = cast.Says("other").get_agent_stream_messages(
            bot, result.transcript[-1].metadata["stream_id"]
        )
        assert next(reader)[0] == "it "
        with pytest.raises(ReplyError, match="the line is dead"):
            next(reader)

    # --- prompts ---------------------------------------------------------------------------------

    def test_a_prompt_is_run_on_the_agents_model(self, system: AgentSystem) -> None:
        """A checked value, and a text; what both cost is in the reply."""
        model = ScriptedModel(
            Expect("good? tea", Completion('{"good": true, "reason": "hot"}', usage=Usage(1, 2))),
            Expect("Give tea a title.", Completion("Tea", usage=Usage(3, 4))),
        )  # fmt: skip
        result = ask(system.spawn(thinkers.Judge, "judge", model), "tea")
        assert said(result)[-1] == "Tea: True, hot"
        assert result.usage == Usage(4, 6)
        assert model.calls[0].output is not None

    @LATER
    @pytest.mark.parametrize("kind", [False, True], ids=["def", "async def"])
    def test_a_value_of_the_wrong_form_is_repaired_once(
        self, system: AgentSystem, kind: bool, later: bool
    ) -> None:
        """The model is told what was wrong; what it answers then counts."""
        script = [timed('{"good": "maybe"}', later), timed({"good": False, "reason": "x"}, later)]
        model = ScriptedModel(*script, *([] if kind else ["T"]))
        assert said(ask(system.spawn(thinkers.Judge, "judge", model, kind), "tea"))[-1].endswith(
            "False, x"
        )
        assert "That answer cannot be used" in model.calls[1].text

    @pytest.mark.parametrize("kind", [False, True], ids=["def", "async def"])
    def test_a_value_that_stays_wrong_is_an_output_error(
        self, system: AgentSystem, kind: bool
    ) -> None:
        """It comes as the cause of the rule's failure, with the raw text."""
        model = ScriptedModel("no idea", "still none")
        with pytest.raises(ReplyError, match="OutputError") as caught:
            ask(system.spawn(thinkers.Judge, "judge", model, kind), "tea")
        cause = caught.value.__cause__
        if cause is not None:  # it does not cross from another process
            assert isinstance(cause, OutputError)
            assert cause.raw == "still none"

    def test_a_prompt_is_no_longer_than_its_conversation(self, system: AgentSystem) -> None:
        """A sync rule that waits for its model is told when the time is over."""
        for later in (False, True):
            judge = system.spawn(thinkers.Judge, f"judge-{later}", thinkers.Stuck(), later)
            with pytest.raises(ChatTimeoutError):
                ask(judge, "tea", timeout=1.0)
            eventually(lambda judge=judge: judge.call("know", "llm").cancelled == 1)  # type: ignore[misc]
