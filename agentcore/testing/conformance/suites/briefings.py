"""Conformance: what stands around a conversation: carry-over, message functions and summaries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.base.errors import ConfigError, ModelError
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyError
from agentcore.protocol.message import Message
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.briefings import (
    BeginsAbout,
    BriefsInTurn,
    count_of_messages,
    ends,
    later_ends,
    opening,
    order,
)
from agentcore.testing.conformance.agents.failing import Never, Raises
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Briefings"]

ENDS = "hello .. ann heard hello"
SAID = Expect("user: hello\nann: ann heard hello", "all is well")


class Briefings:
    """``carryover=``, ``message=<function>``, ``summary_method=`` of one conversation."""

    @pytest.mark.parametrize(
        ("options", "summary"),
        [
            ({}, "ann heard hello"),
            ({"summary_method": "last_msg"}, "ann heard hello"),
            ({"summary_method": None}, ""),
            ({"summary_method": ends}, ENDS),
            ({"summary_method": later_ends}, ENDS),
            ({"summary_method": count_of_messages, "summary_args": {"unit": "messages"}},
             "2 messages of user and ann"),
            ({"summary_method": lambda result: None}, ""),
            ({"summary_method": lambda result: len(result.transcript)}, "2"),
        ],
        ids=["none", "last_msg", "None", "dict", "async", "of three", "nothing", "number"],
    )  # fmt: skip
    def test_a_result_has_its_summary_as_a_text(
        self, system: AgentSystem, options: dict[str, Any], summary: str
    ) -> None:
        """Of an agent object and of a ref, blocking, awaited and by a handle alike."""
        ann = system.spawn(Says, "ann")
        spawned = system.spawn(Says, "other", None)
        user = Says("user", None)
        for agent, name in ((user, "user"), (spawned, "other")):
            begun = [
                agent.initiate_chat(ann, "hello", silent=True, **options),
                asyncio.run(agent.a_initiate_chat(ann, "hello", silent=True, **options)),
                agent.start_chat(ann, "hello", silent=True, **options).result(),
            ]
            wanted = summary.replace("user", name)
            assert [result.summary for result in begun] == [wanted] * 3
            assert [said(result) for result in begun] == [["hello", "ann heard hello"]] * 3

    def test_the_word_that_ends_a_chat_is_no_part_of_its_summary(self, system: AgentSystem) -> None:
        """And a content in parts is summarised by its texts."""
        system.spawn(Says, "ann", "It is 42. TERMINATE")
        assert ask("ann", "6 x 7?").summary == "It is 42."
        parts = [{"type": "text", "text": "a cat"}, {"type": "image_url", "image_url": "x"}]
        system.spawn(Says, "ben", {"content": parts})
        assert ask("ben", "what?").summary == "a cat"

    @pytest.mark.parametrize("whose", ["user", "ann"])
    def test_a_model_reflects_on_the_chat(self, system: AgentSystem, whose: str) -> None:
        """That of the agent that began; if it has none, the recipient's."""
        models = {name: ScriptedModel(SAID) if name == whose else None for name in ("user", "ann")}
        ann = system.spawn(Says, "ann", llm=models["ann"])
        user = Says("user", None, llm=models["user"])
        result = ask(ann, "hello", user, summary_method="reflection_with_llm")
        assert result.summary == "all is well"
        assert result.usage.total_tokens > 0
        assert said(result) == ["hello", "ann heard hello"]

    def test_a_model_reflects_on_a_chat_of_a_ref_by_the_users_prompt(
        self, system: AgentSystem
    ) -> None:
        """The prompt may stand in ``summary_prompt=`` or, as in AutoGen, in ``summary_args=``."""
        ben = Says("ben", None)
        prompts: tuple[dict[str, Any], ...] = (
            {"summary_prompt": "In short?"},
            {"summary_args": {"summary_prompt": "In short?"}},
        )
        for index, options in enumerate(prompts):
            model = ScriptedModel(
                Expect(lambda asked: asked.messages[0]["content"] == "In short?", "short")
            )
            ann = system.spawn(Says, f"ann{index}", None, llm=model)
            result = ann.initiate_chat(
                ben, "hello", summary_method="reflection_with_llm", silent=True, **options
            )
            assert result.summary == "short"

    def test_a_reflection_without_a_model_is_refused_before_the_chat_is_held(
        self, system: AgentSystem
    ) -> None:
        """Nobody has heard anything, and nothing was paid for."""
        ann = system.spawn(Says, "ann")
        user = Says("user", None)
        options: dict[str, Any] = {"summary_method": "reflection_with_llm", "silent": True}
        with pytest.raises(ModelError, match=r"neither 'user' nor 'ann' has one.*llm="):
            user.initiate_chat(ann, "hello", **options)
        with pytest.raises(ModelError, match="neither 'user' nor 'ann'"):
            user.start_chat(ann, "hello", **options).result()
        unknown = Says("unknown", None, llm="no-such-model")
        with pytest.raises(ConfigError, match="no-such-model"):
            unknown.initiate_chat(ann, "hello", **options)
        chats = [{"recipient": ann, "message": "first"}, {"recipient": ann, **options}]
        with pytest.raises(ModelError, match="neither 'user' nor 'ann'"):
            user.initiate_chats(chats)
        assert ann.call("heard", "user") == []

    @pytest.mark.parametrize(
        ("carryover", "told"),
        [
            (None, "hello"),
            ("", "hello"),
            ([], "hello"),
            ("be quick", "hello\nContext:\nbe quick"),
            (["one", "two"], "hello\nContext:\none\ntwo"),
            ({"content": "a dict"}, "hello\nContext:\na dict"),
            ([Message("a message"), {"content": "é", "role": "user"}],
             "hello\nContext:\na message\né"),
            ([{"é": [1, None]}, 7], 'hello\nContext:\n{"é": [1, null]}\n7'),
        ],
        ids=lambda value: type(value).__name__,
    )  # fmt: skip
    def test_the_recipient_is_told_what_is_carried_over(
        self, system: AgentSystem, carryover: Any, told: str
    ) -> None:
        """Messages and dicts as their content, and nothing as Python source."""
        system.spawn(Says, "ann", "fine")
        assert ask("ann", "hello", carryover=carryover).transcript[0].content == told

    def test_the_result_of_a_chat_can_be_carried_over(self, system: AgentSystem) -> None:
        """It is told as its summary."""
        system.spawn(Says, "ann", "fine")
        before = ask("ann", "hello")
        assert said(ask("ann", "and?", carryover=before))[0] == "and?\nContext:\nfine"

    def test_carry_over_to_a_message_in_parts_is_a_part_of_it(self, system: AgentSystem) -> None:
        """It is a text part behind the others."""
        system.spawn(Says, "ann", "fine")
        parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": "x"}]
        said_first = ask("ann", {"content": parts}, carryover="a cat").transcript[0].content
        assert list(said_first) == [*parts, {"type": "text", "text": "Context:\na cat"}]

    def test_carry_over_goes_with_a_message_that_the_agent_makes_itself(
        self, system: AgentSystem
    ) -> None:
        """Its ``generate_init_message`` has its own keywords as ever."""
        ann = system.spawn(Says, "ann", "fine")
        for agent in (
            BeginsAbout("user", default_auto_reply=None),
            system.spawn(BeginsAbout, "other"),
        ):
            plain = agent.initiate_chat(ann, topic="cats", silent=True)
            carrying = agent.initiate_chat(ann, topic="cats", carryover="no dogs", silent=True)
            assert said(plain)[0] == "about cats"
            assert said(carrying)[0] == "about cats\nContext:\nno dogs"

    def test_a_function_gives_the_first_message(self, system: AgentSystem) -> None:
        """It takes what it names, or what AutoGen's take, and tells carry-over itself then."""
        ann = system.spawn(Says, "ann", "fine")
        other = system.spawn(Says, "other", None)
        for agent, name in ((Says("user", None), "user"), (other, "other")):
            named = agent.initiate_chat(ann, order, dish="fish", carryover="soon", silent=True)
            assert said(named)[0] == "ann, fish please\nContext:\nsoon"
            given = agent.initiate_chat(
                ann, message=opening, topic="cats", carryover="soon", silent=True
            )
            assert said(given)[0] == f"{name} to ann: cats, ['soon']"
        later = asyncio.run(other.a_initiate_chat(ann, lambda: "hi", silent=True))
        assert said(later)[0] == "hi"

    @DEF_AND_ASYNC_DEF
    def test_within_a_turn_a_chat_has_a_briefing_too(
        self, system: AgentSystem, later: bool
    ) -> None:
        """It draws on the turn's budget, and its messages are nested."""
        system.spawn(Says, "ann")
        options = {"carryover": "soon", "summary_method": ends, "message": "hello"}
        asker = system.spawn(BriefsInTurn, "asker", "ann", options, later)
        result = ask(asker, "go")
        first = "hello\nContext:\nsoon"
        assert said(result) == [
            "go", first, f"ann heard {first}", f"{first} .. ann heard {first}",
        ]  # fmt: skip
        assert [entry.depth for entry in result.transcript] == [0, 1, 1, 0]

    @DEF_AND_ASYNC_DEF
    def test_within_a_turn_a_model_reflects_and_its_tokens_count(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The recipient's, whose agent is another one."""
        system.spawn(Says, "ann", llm=ScriptedModel(then="all is well"))
        options = {"summary_method": "reflection_with_llm"}
        asker = system.spawn(BriefsInTurn, "asker", "ann", options, later)
        result = ask(asker, "go")
        assert said(result)[-1] == "all is well"
        assert result.usage.total_tokens > 0

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"sumary_method": "last_msg"}, "did you mean 'summary_method'"),
            ({"carry_over": "x"}, "did you mean 'carryover'"),
            ({"topic": "cats"}, "there is no option 'topic'"),
            ({"cache": None}, "there is no option 'cache'"),
            ({"summary_method": "last_message"}, "did you mean 'last_msg'"),
            ({"summary_method": 3}, "a function, not 3"),
            ({"summary_method": lambda: ""}, "takes the ChatResult, or"),
            ({"summary_args": {"summary_promt": "x"}}, "did you mean 'summary_prompt'"),
            ({"summary_args": "x"}, "summary_args= is a dict"),
            ({"summary_prompt": "x"}, "summary_method='reflection_with_llm'"),
            ({"summary_prompt": 3, "summary_method": "reflection_with_llm"}, "texts, not 3"),
            ({"carryover": 3}, "carryover= is a text or several"),
            ({"carryover": b"3"}, "carryover= is a text or several"),
            ({"message": lambda whom: "x"}, "has a parameter 'whom'"),
            ({"message": lambda: "x", "topic": "cats"}, "takes neither it nor context"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_a_wrong_briefing_begins_no_chat(
        self, system: AgentSystem, options: dict[str, Any], words: str
    ) -> None:
        """Nothing is silently ignored: each is an error with a hint, of objects, refs and turns."""
        ann = system.spawn(Says, "ann")
        given = {"message": "hello", **options}
        for agent in (Says("user", None), system.spawn(Says, "other", None)):
            for begin in (agent.initiate_chat, agent.start_chat):
                with pytest.raises((TypeError, ValueError), match=words):
                    begin(ann, silent=True, **given)
            with pytest.raises((TypeError, ValueError), match=words):
                asyncio.run(agent.a_initiate_chat(ann, silent=True, **given))
        assert ann.call("heard", "user") == ann.call("heard", "other") == []

    def test_a_wrong_keyword_within_a_turn_is_an_error(self, system: AgentSystem) -> None:
        """It names the rule whose code is wrong."""
        ann = system.spawn(Says, "ann")
        asker = system.spawn(BriefsInTurn, "asker", "ann", {"topic": "cats"}, False)
        with pytest.raises(ReplyError, match="no option 'topic'"):
            ask(asker, "go")
        assert ann.call("heard", "asker") == []

    def test_limits_hold_for_a_chat_with_a_briefing_as_for_any(self, system: AgentSystem) -> None:
        """``max_turns``, ``until`` and ``timeout``, and a recipient that fails."""
        system.spawn_many(Says, ["ann", "ben"])
        options: dict[str, Any] = {"carryover": "x", "silent": True}
        ben = system.agent("ben")
        for most in (1, 2, 7):
            result = ben.initiate_chat("ann", "hello", max_turns=most, **options)
            assert (len(result.transcript), result.stop.kind) == (most, "MAX_TURNS")
        until = ben.initiate_chat("ann", "hi", until=lambda said: len(said) == 3, **options)
        assert (len(until.transcript), until.stop.kind) == (3, "CONDITION")
        with pytest.raises(ChatTimeoutError) as failed:
            ben.initiate_chat("ann", "hello", timeout=0.0, **options)
        assert failed.value.result is not None
        system.spawn(Raises, "bad")
        with pytest.raises(ReplyError, match="broken"):
            ben.initiate_chat("bad", "hello", **options)

    def test_a_chat_with_a_briefing_can_be_cancelled(self, system: AgentSystem) -> None:
        """Its result says so, before it has begun or after."""
        system.spawn(Never, "never")
        options: dict[str, Any] = {"carryover": "x", "summary_method": ends, "silent": True}
        chat = system.spawn(Says, "ben").start_chat("never", "hello", **options)
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    def test_a_function_that_raises_is_an_error_that_names_the_agent(
        self, system: AgentSystem
    ) -> None:
        """As for all code of the user's: a ``ReplyError``, whose cause is what it raised."""
        ann = system.spawn(Says, "ann")
        user = Says("user", None)
        wrong: tuple[dict[str, Any], ...] = (
            {"message": lambda: 1 / 0},
            {"summary_method": lambda result: 1 / 0},
        )
        for options in wrong:
            with pytest.raises(ReplyError, match="division by zero") as failed:
                user.initiate_chat(ann, **{"message": "hello", "silent": True, **options})
            assert failed.value.agent == "user"
