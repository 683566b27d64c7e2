"""Conformance: sequences of chats."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.protocol.chat_errors import ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.briefings import (
    Critic,
    ReviewedUser,
    knows_its_peer,
    reflect_on,
)
from agentcore.testing.conformance.agents.chat_sequences import (
    ChatsWithMany,
    Front,
    first_words,
    greeting,
)
from agentcore.testing.conformance.agents.failing import Raises
from agentcore.testing.conformance.agents.handing_off import Hands
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["ChatSequences"]


class ChatSequences:
    """`initiate_chats` and `register_nested_chats`."""

    @DEF_AND_ASYNC_DEF
    def test_chats_are_had_one_after_the_other_each_told_what_came_of_those_before(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Each first message carries the summaries of the chats before it."""
        for name in ("ann", "ben", "cid"):
            system.spawn(Says, name, f"{name} is done")
        boss = system.spawn(ChatsWithMany, "boss", [
            {"recipient": "ann", "message": "first"},
            {"recipient": "ben", "message": "second", "carryover": "be quick"},
            {"recipient": "cid", "message": "third", "carries": False},
        ], later)  # fmt: skip
        result = ask(boss, "go")
        assert said(result) == [
            "go", "first", "ann is done",
            "second\nContext:\nbe quick\nann is done", "ben is done",
            "third", "cid is done",
            "ann is done | ben is done | cid is done",
        ]  # fmt: skip

    def test_outside_of_a_turn_a_sequence_gives_its_results(self, system: AgentSystem) -> None:
        """Each result has a summary by the chat's own ``summary_method``."""
        model = ScriptedModel(Expect("user: bye\ncid: cid heard bye", "all is well"))
        user = Says("user", None, llm=model)
        refs = system.spawn_many(Says, ["ann", "ben", "cid"])
        results = user.initiate_chats([
            {"recipient": refs[0], "message": greeting, "silent": True},
            {"recipient": "ben", "message": "hi", "summary_method": first_words,
             "silent": True},
            {"recipient": refs[2], "message": "bye", "summary_method": "reflection_with_llm",
             "carries": False, "silent": True, "max_turns": 2},
        ])  # fmt: skip
        first = "ann heard hello ann, 0 carried over"
        assert [result.summary for result in results] == [
            first, f"began hi\nContext:\n{first}", "all is well",
        ]  # fmt: skip
        assert results[2].stop.kind == "MAX_TURNS"

    def test_a_chat_that_fails_ends_the_sequence(self, system: AgentSystem) -> None:
        """The chats after it do not begin."""
        system.spawn(Raises, "bad")
        ben = system.spawn(Says, "ben")
        chats = [{"recipient": "bad", "message": "x"}, {"recipient": "ben", "message": "y"}]
        for later in (False, True):
            boss = system.spawn(ChatsWithMany, f"boss-{later}", chats, later)
            with pytest.raises(ReplyError, match="broken"):
                ask(boss, "go")
            assert ben.call("heard", f"boss-{later}") == []

    @DEF_AND_ASYNC_DEF
    def test_a_sequence_draws_on_one_budget(self, system: AgentSystem, later: bool) -> None:
        """All chats together have no more messages than the budget allows."""
        system.spawn_many(Says, ["ann", "ben"], "fine")
        chats = [{"recipient": "ann", "message": "x"}, {"recipient": "ben", "message": "y"}]
        for max_turns in range(1, 9):
            boss = system.spawn(ChatsWithMany, f"boss{max_turns}", chats, later)
            result = ask(boss, "go", max_turns=max_turns)
            assert len(result.transcript) == min(6, max_turns)
            assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 6)

    def test_an_entry_that_is_wrong_begins_no_chat(self, system: AgentSystem) -> None:
        """The error says which entry is wrong, and which keys an entry may have."""
        ann = system.spawn(Says, "ann")
        user = Says("user", None)
        good = {"recipient": ann, "message": "x"}
        wrong: list[tuple[Any, type[Exception], str]] = [
            ({"message": "x"}, TypeError, "chat 1 of the sequence needs a recipient"),
            ({**good, "messages": "x"}, TypeError, "has no key 'messages'"),
            ({**good, "summary_method": "last"}, ValueError, "last_msg or reflection_with_llm"),
        ]
        for entry, kind, words in wrong:
            with pytest.raises(kind, match=words):
                user.initiate_chats([good, entry])
        assert ann.call("heard", "user") == []

    def test_an_agent_answers_with_what_others_said(self, system: AgentSystem) -> None:
        """The first chat begins with the message to answer; the last summary is the reply."""
        system.spawn(Says, "ann")
        system.spawn(Says, "ben")
        front = system.spawn(Front, "front", [
            {"recipient": "ann", "max_turns": 2}, {"recipient": "ben", "message": "and you?"},
        ])  # fmt: skip
        result = ask(front, "well?")
        assert said(result)[:3] == ["well?", "well?", "ann heard well?"]
        assert said(result)[-1] == "ben heard and you?\nContext:\nann heard well?"
        assert [e.depth for e in result.transcript] == [0, 1, 1, 1, 1, 0]

    def test_what_nested_chats_say_does_not_set_them_off_again(self, system: AgentSystem) -> None:
        """The agent whose turn began them does not answer them with chats of its own."""
        system.spawn(Says, "user-like", "hm")
        front = system.spawn(Front, "front", [{"recipient": "user-like"}])
        front.call("register_nested_chats", [{"recipient": "user-like"}], None)
        result = ask(front, "well?")
        assert said(result) == ["well?", "well?", "hm", "hm"]

    @pytest.mark.parametrize("trigger", ["writer", None], ids=str)
    def test_nested_chats_answer_whom_the_agent_itself_began_with(
        self, system: AgentSystem, trigger: Any
    ) -> None:
        """The reflection pattern: each answer of the writer is reviewed by the critic first."""
        system.spawn(Says, "writer", "a draft")
        system.spawn(Critic, "critic")
        chats = [{"recipient": "critic", "message": reflect_on, "max_turns": 2}]
        user = system.spawn(ReviewedUser, "user", chats, trigger)
        for result in (user.call("begin", "writer"), user.initiate_chat("writer", "write")):
            assert said(result) == [
                "write", "a draft",
                "reflect on a draft", "critic on: reflect on a draft",
                "critic on: reflect on a draft", "a draft",
            ]  # fmt: skip
            assert [entry.depth for entry in result.transcript] == [0, 0, 1, 1, 0, 0]

    def test_two_nested_chats_do_not_set_each_other_off(self, system: AgentSystem) -> None:
        """What is said within any of them is answered by none of them."""
        system.spawn_many(Says, ["ann", "ben"], "fine")
        front = system.spawn(ReviewedUser, "front", [{"recipient": "ann", "max_turns": 4}], None)
        front.call("register_nested_chats", [{"recipient": "ben", "max_turns": 4}])
        assert said(ask(front, "well?")) == ["well?", "well?", "fine", "fine"]

    def test_a_function_that_gives_nothing_has_no_nested_chat(self, system: AgentSystem) -> None:
        """The others are had; without any, there is no answer."""
        system.spawn(Says, "ann")
        none = {"recipient": "ann", "message": lambda messages: ""}
        front = system.spawn(Front, "front", [{"recipient": "ann", "max_turns": 2}, none])
        assert said(ask(front, "well?"))[-1] == "ann heard well?"
        quiet = system.spawn(Front, "quiet", [none])
        assert ask(quiet, "well?").stop.kind == "NO_REPLY"

    def test_another_agent_can_begin_a_chat_of_a_sequence(self, system: AgentSystem) -> None:
        """An entry's ``sender``: an agent object, a ref, a name, or the agent itself."""
        ann = system.spawn(Says, "ann")
        ben, cid, user = Says("ben", None), system.spawn(Says, "cid", None), Says("user", None)
        results = user.initiate_chats([
            {"sender": sender, "recipient": ann, "message": "hi", "silent": True}
            for sender in (ben, cid, "cid", user)
        ])  # fmt: skip
        senders = [result.transcript[0].sender for result in results]
        assert senders == ["ben", "cid", "cid", "user"]
        assert results[1].transcript[0].content == "hi\nContext:\nann heard hi"

    @DEF_AND_ASYNC_DEF
    def test_another_agent_can_begin_a_chat_within_a_turn(
        self, system: AgentSystem, later: bool
    ) -> None:
        """It is nested, and draws on the budget; nested chats take a ``sender``, too."""
        ann = system.spawn(Says, "ann")
        cid = system.spawn(Says, "cid", None)
        chats = [{"sender": cid, "recipient": ann, "message": "hi"}]
        boss = system.spawn(ChatsWithMany, "boss", chats, later)
        front = system.spawn(Front, "front", [{"sender": "cid", "recipient": "ann"}])
        for agent, first in ((boss, "hi"), (front, "go")):
            result = ask(agent, "go")
            assert said(result) == ["go", first, f"ann heard {first}", f"ann heard {first}"]
            assert [e.sender for e in result.transcript][1:3] == ["cid", "ann"]
            assert ask(agent, "go", max_turns=2).stop.kind == "MAX_TURNS"

    def test_sequences_and_questions_to_many_can_be_awaited_outside_of_turns(
        self, system: AgentSystem
    ) -> None:
        """``a_initiate_chats`` and ``a_ask_all`` give what their blocking forms give."""
        system.spawn_many(Says, ["ann", "ben"])
        user = Says("user", None)
        chats = [{"recipient": name, "message": "hi", "silent": True} for name in ("ann", "ben")]

        async def both() -> Any:
            return await user.a_initiate_chats(chats), await user.a_ask_all(
                "well?", ["ann", "ben"], silent=True
            )

        results, answers = asyncio.run(both())
        assert [said(result) for result in results] == [
            said(result) for result in user.initiate_chats(chats)
        ]
        assert [text and text.content for text in answers.texts] == [
            "ann heard well?", "ben heard well?",
        ]  # fmt: skip

    def test_a_sender_equals_the_agent_of_that_name(self, system: AgentSystem) -> None:
        """A reply function of AutoGen compares the two, whichever it was given."""
        peer, stranger = Says("user", None), Says("stranger", None)
        here = Says("here", None)
        here.register_reply(None, knows_its_peer, config=peer)
        there = system.spawn(Says, "there", None)
        there.call("register_reply", None, knows_its_peer, 0, peer)
        for agent in (here, there):
            assert said(ask(agent, "me?", peer))[-1] == "True True 1"
            assert said(ask(agent, "me?", stranger))[-1] == "False False 2"

    def test_nested_chats_answer_only_whom_their_trigger_names(self, system: AgentSystem) -> None:
        """The rules after them answer everyone else."""
        system.spawn(Says, "ann")
        front = system.spawn(Front, "front", [{"recipient": "ann"}], default_auto_reply="no")
        assert said(ask(front, "well?", Says("stranger", None))) == ["well?", "no"]

    def test_nested_chats_draw_on_the_budget(self, system: AgentSystem) -> None:
        """All nested chats together have no more messages than the budget allows."""
        system.spawn(Says, "ann", "fine")
        system.spawn(Says, "ben", "fine")
        chats = [{"recipient": "ann"}, {"recipient": "ben"}]
        front = system.spawn(Front, "front", chats)
        for max_turns in range(1, 9):
            result = ask(front, "well?", max_turns=max_turns)
            assert len(result.transcript) == min(6, max_turns)
            assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 6)

    def test_a_handoff_within_nested_chats_goes_on_there(self, system: AgentSystem) -> None:
        """The nested chat continues with the new recipient, and the transcript has all of it."""
        system.spawn(Hands, "desk", ("till", "a refund"))
        system.spawn(Says, "till", "here you are")
        front = system.spawn(Front, "front", [{"recipient": "desk"}])
        result = ask(front, "money!")
        assert said(result) == ["money!", "money!", "a refund", "here you are", "here you are"]
