"""Conformance: conversations that are handed on, questions to many, and sequences of chats."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.models import Completion, ToolCall, Usage
from agentcore.protocol.chat_errors import AgentDiedError, ChatTimeoutError, ReplyError
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance import thinkers as thinkers
from agentcore.testing.conformance.suite import ask, said
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Many"]

KINDS = pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])


def routes(result: Any) -> list[tuple[str, str]]:
    """Give who spoke to whom, in the conversation itself."""
    return [(e.sender, e.recipient) for e in result.transcript if not e.depth]


class Many:
    """`Handoff`, `ask_all`, `initiate_chats` and `register_nested_chats`."""

    # --- handoffs --------------------------------------------------------------------------------

    def test_a_conversation_goes_on_with_whom_it_is_handed_to(self, system: AgentSystem) -> None:
        """The initiator is told, and answered by the other agent from then on."""
        desk = system.spawn(thinkers.Hands, "desk", ("till", "a refund"))
        till = system.spawn(cast.Says, "till", "here you are")
        user = cast.Says("user", None)
        result = ask(desk, "money!", user)
        assert routes(result) == [("user", "desk"), ("desk", "till"), ("till", "user")]
        assert said(result) == ["money!", "a refund", "here you are"]
        assert dict(result.transcript[1].metadata["handoff"]) == {"from": "desk", "to": "till"}
        assert (result.stop.kind, result.stop.agent) == ("NO_REPLY", "user")
        assert user.heard("desk") == [("assistant", "money!"), ("user", "a refund")]
        assert user.heard("till") == [("assistant", "a refund"), ("user", "here you are")]
        assert desk.call("heard", "user") == [("user", "money!"), ("assistant", "a refund")]
        assert till.call("heard", "user") == [("user", "a refund"), ("assistant", "here you are")]
        assert till.call("heard", "desk") == []

    def test_without_words_of_its_own_what_was_said_is_handed_on(self, system: AgentSystem) -> None:
        """Under the name of who hands it on."""
        system.spawn(cast.Says, "till")
        result = ask(system.spawn(thinkers.Hands, "desk", "till"), "money!")
        assert said(result) == ["money!", "money!", "till heard money!"]
        assert result.transcript[1].message.name == "desk"

    def test_the_initiator_can_hand_on_too(self, system: AgentSystem) -> None:
        """What it was to answer, another agent answers, and is answered by it."""
        system.spawn(cast.Says, "desk", "ask the till")
        till = system.spawn(cast.Says, "till", "here you are")
        user = system.spawn(thinkers.Hands, "user", ("till", "a refund"))
        result = user.initiate_chat("desk", "money!", silent=True)
        assert said(result) == ["money!", "ask the till", "a refund", "here you are"]
        assert routes(result) == [
            ("user", "desk"), ("desk", "user"), ("user", "till"), ("till", "user"),
        ]  # fmt: skip
        assert till.call("heard", "user") == [("user", "a refund"), ("assistant", "here you are")]

    def test_a_conversation_can_come_back(self, system: AgentSystem) -> None:
        """To and fro; each knows what it was told before."""
        system.spawn(thinkers.Hands, "desk", ("till", "one"), ("till", "three"), answer="four")
        system.spawn(thinkers.Hands, "till", ("desk", "two"), answer="done")
        result = ask("desk", "zero")
        assert said(result) == ["zero", "one", "two", "three", "done"]
        assert routes(result)[1:4] == [("desk", "till"), ("till", "desk"), ("desk", "till")]
        assert system.agent("desk").call("heard", "user") == [
            ("user", "zero"), ("assistant", "one"), ("user", "two"), ("assistant", "three"),
        ]  # fmt: skip

    def test_histories_with_whom_it_is_handed_to_begin_anew_too(self, system: AgentSystem) -> None:
        """On both sides, or on neither."""
        till = system.spawn(cast.Says, "till", "yes")
        system.spawn(thinkers.Hands, "desk", "till", "till", "till")
        user = cast.Says("user", None)
        for text, clear, count in (("one", True, 1), ("two", True, 1), ("three", False, 2)):
            ask("desk", text, user, clear_history=clear)
            assert len(user.heard("till")) == len(till.call("heard", "user")) == 2 * count
            assert user.heard("till")[-2] == ("assistant", text)

    def test_a_chain_of_three_ends_with_the_last(self, system: AgentSystem) -> None:
        """Wherever they live."""
        for name, to in (("a", "b"), ("b", "c"), ("c", "d")):
            system.spawn(thinkers.Hands, name, to)
        system.spawn(cast.Says, "d", "that is me")
        result = ask("a", "who?")
        assert [e.sender for e in result.transcript] == ["user", "a", "b", "c", "d"]
        assert result.last_message is not None
        assert result.last_message.content == "that is me"

    def test_a_handoff_to_nobody_fails_the_rule(self, system: AgentSystem) -> None:
        """The error names the agent that is missing; nothing of it is recorded."""
        system.spawn(cast.Says, "till")
        desk = system.spawn(thinkers.Hands, "desk", "tilll")
        with pytest.raises(ReplyError, match=r"'tilll'.*did you mean 'till'") as caught:
            ask(desk, "money!")
        assert (caught.value.agent, caught.value.rule) == ("desk", "hand")
        assert desk.call("heard", "user") == [("user", "money!")]

    def test_a_handoff_to_an_agent_that_is_gone_fails(self, system: AgentSystem) -> None:
        """Its ref was good once."""
        till = system.spawn(cast.Says, "till")
        desk = system.spawn(thinkers.Hands, "desk", till)
        till.close()
        with pytest.raises(AgentDiedError, match="'till'"):
            ask(desk, "money!", timeout=20)

    @pytest.mark.parametrize("max_turns", range(1, 6))
    def test_handing_on_draws_on_the_budget(self, system: AgentSystem, max_turns: int) -> None:
        """It is a message, whoever it is for."""
        system.spawn(thinkers.Hands, "a", "b")
        system.spawn(thinkers.Hands, "b", "c")
        system.spawn(cast.Says, "c", "done")
        result = ask("a", "go", max_turns=max_turns)
        assert len(result.transcript) == min(4, max_turns)
        assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 4)

    def test_two_that_hand_on_for_ever_end_with_the_budget(self, system: AgentSystem) -> None:
        """No limit of replies holds them."""
        system.spawn(thinkers.Hands, "a", *["b"] * 60, max_consecutive_auto_reply=-1)
        system.spawn(thinkers.Hands, "b", *["a"] * 60, max_consecutive_auto_reply=-1)
        result = ask("a", "go", max_turns=50)
        assert (len(result.transcript), result.stop.kind) == (50, "MAX_TURNS")

    def test_a_handoff_that_ends_the_conversation_is_passed_on_to_nobody(
        self, system: AgentSystem
    ) -> None:
        """``TERMINATE`` in it: recorded by the initiator, and not answered."""
        till = system.spawn(cast.Says, "till")
        last = {"content": "bye", "metadata": {"TERMINATE": True}}
        result = ask(system.spawn(thinkers.Hands, "desk", ("till", last)), "money!")
        assert (result.stop.kind, said(result)) == ("TERMINATE", ["money!", "bye"])
        assert till.call("heard", "user") == []

    def test_whoever_was_handed_to_may_ask_whoever_waits(self, system: AgentSystem) -> None:
        """alice waits for desk, who hands on to till, who asks alice: a circle, and served."""
        system.spawn(thinkers.Hands, "desk", "till")
        system.spawn(cast.Asks, "till", {"alice": ["alice"]})
        alice = system.spawn(thinkers.Relays, "alice", {"user": ["desk"], "till": []})
        assert said(ask(alice, "who?", timeout=30))[-1] == "alice(till(alice()))"

    def test_circles_through_handoffs_of_two_at_once_are_served(self, system: AgentSystem) -> None:
        """Each waits for one that was handed to, which waits for the other."""
        for me, other in (("alice", "bob"), ("bob", "alice")):
            system.spawn(thinkers.Hands, f"desk-{me}", *[f"till-{me}"] * 5)
            system.spawn(cast.Asks, f"till-{me}", {me: [other]})
            system.spawn(thinkers.Relays, me, {f"user-{me}": [f"desk-{me}"]})
        for name in ("alice", "bob"):
            system.spawn(cast.Says, f"user-{name}", None)
        for _ in range(3):
            chats = [
                system.agent(f"user-{name}").start_chat(name, "who?", silent=True, timeout=60)
                for name in ("alice", "bob")
            ]
            assert [said(chat.result())[-1] for chat in chats] == [
                "alice(till-alice(bob()))", "bob(till-bob(alice()))",
            ]  # fmt: skip

    # --- questions to many -----------------------------------------------------------------------

    @KINDS
    def test_all_are_asked_and_answers_come_in_order(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The transcript has all of it, by the order of the agents, and so have the histories."""
        for name in ("ann", "ben", "cid"):
            system.spawn(cast.Says, name)
        asker = system.spawn(thinkers.AsksAll, "asker", ["ben", "cid", "ann"], later)
        result = ask(asker, "well?")
        assert said(result)[-1] == ("asker(ben heard well?, cid heard well?, ann heard well?)")
        assert [(e.sender, e.recipient, e.depth) for e in result.transcript[1:-1]] == [
            ("asker", "ben", 1), ("ben", "asker", 1), ("asker", "cid", 1), ("cid", "asker", 1),
            ("asker", "ann", 1), ("ann", "asker", 1),
        ]  # fmt: skip
        heard = [("assistant", "well?"), ("user", "ben heard well?")]
        assert asker.call("heard", "ben") == heard
        assert system.agent("ben").call("heard", "asker") == [
            ("user", "well?"), ("assistant", "ben heard well?"),
        ]  # fmt: skip

    def test_outside_of_a_turn_it_is_a_turn_of_its_own(self, system: AgentSystem) -> None:
        """By an agent object, and by a hosted agent."""
        refs = system.spawn_many(cast.Says, ["ann", "ben"], "fine")
        answers = cast.Says("user").ask_all("well?", refs, silent=True)
        assert [each and each.content for each in answers.texts] == ["fine", "fine"]
        assert (len(answers), answers[1].stop.kind, answers.error) == (2, "NO_REPLY", None)
        hosted = system.spawn(cast.Says, "hosted")
        again = hosted.call("ask_all", "well?", ["ann"], silent=True)
        assert said(again[0]) == ["well?", "fine"]
        assert hosted.call("heard", "ann") == [("assistant", "well?"), ("user", "fine")]

    @KINDS
    def test_one_that_fails_does_not_keep_the_others(
        self, system: AgentSystem, later: bool
    ) -> None:
        """One raises, one says nothing, one is gone, one dies while it is asked."""
        good = system.spawn(cast.Says, "good", "fine")
        system.spawn(cast.Raises, "bad")
        system.spawn(cast.Says, "mute", None)
        gone = system.spawn(cast.Says, "gone")
        system.spawn(cast.Closes, "closer")
        system.spawn(thinkers.Dies, "dying")
        gone.close()
        peers = ["bad", good, "mute", gone, "dying"]
        asker = system.spawn(thinkers.AsksAll, "asker", peers, later)
        assert said(ask(asker, "well?", timeout=30))[-1] == (
            "asker(FAILED, fine, NO_REPLY, FAILED, FAILED)"
        )
        assert asker.call("failure") == "ReplyError"
        assert asker.call("heard", "gone") == []

    @KINDS
    def test_a_name_that_is_nobodys_asks_nobody(self, system: AgentSystem, later: bool) -> None:
        """The error comes before anything is delivered."""
        ann = system.spawn(cast.Says, "ann")
        asker = system.spawn(thinkers.AsksAll, "asker", ["ann", "zoe"], later)
        assert said(ask(asker, "well?")) == ["well?", "caught AgentNotFoundError"]
        assert ann.call("heard", "asker") == asker.call("heard", "ann") == []

    @KINDS
    def test_who_does_not_answer_in_time_counts_as_failed(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The others' answers are there."""
        system.spawn(cast.Says, "quick", "fine")
        system.spawn(cast.Never, "slow")
        asker = system.spawn(thinkers.AsksAll, "asker", ["slow", "quick"], later, {"timeout": 0.3})
        assert said(ask(asker, "well?"))[-1] == "asker(DEADLINE, fine)"
        assert asker.call("kinds") == ["DEADLINE", "NO_REPLY"]
        lonely = system.spawn(thinkers.AsksAll, "lonely", ["slow"], later, {"timeout": 0.1})
        assert said(ask(lonely, "well?"))[-1] == "lonely(DEADLINE)"

    def test_the_deadline_of_the_conversation_holds_for_all_that_are_asked(
        self, system: AgentSystem
    ) -> None:
        """Whoever began is told in time."""
        system.spawn(cast.Never, "slow")
        for later in (False, True):
            asker = system.spawn(thinkers.AsksAll, f"asker-{later}", ["slow"], later)
            with pytest.raises(ChatTimeoutError):
                ask(asker, "well?", timeout=0.3)

    @KINDS
    def test_the_budget_is_split_and_never_exceeded(self, system: AgentSystem, later: bool) -> None:
        """Nested conversations of those who are asked included."""
        system.spawn(cast.Asks, "leaf")
        for name in ("ann", "ben", "cid"):
            system.spawn(cast.Asks, name, {"*": ["leaf"], "leaf": []})
        asker = system.spawn(thinkers.AsksAll, "asker", ["ann", "ben", "cid"], later)
        for max_turns in range(1, 20):
            result = ask(asker, "well?", max_turns=max_turns)
            assert len(result.transcript) <= max_turns
            whole = said(result)[-1] == "asker(ann(leaf()), ben(leaf()), cid(leaf()))"
            assert whole == (max_turns >= 14)

    def test_too_little_budget_for_all_asks_nobody(self, system: AgentSystem) -> None:
        """``BudgetSpentError``, which, not caught, stops the conversation with ``MAX_TURNS``."""
        ann = system.spawn(cast.Says, "ann")
        system.spawn(cast.Says, "ben")
        asker = system.spawn(thinkers.AsksAll, "asker", ["ann", "ben"], catches=False)
        result = ask(asker, "well?", max_turns=2)
        assert (said(result), result.stop.kind) == (["well?"], "MAX_TURNS")
        assert ann.call("heard", "asker") == []

    def test_nobody_may_be_asked(self, system: AgentSystem) -> None:
        """There are no answers then, and that is no error."""
        for later in (False, True):
            asker = system.spawn(thinkers.AsksAll, f"asker-{later}", [], later)
            assert said(ask(asker, "well?")) == ["well?", f"asker-{later}()"]

    @KINDS
    def test_one_agent_may_be_asked_twice(self, system: AgentSystem, later: bool) -> None:
        """It answers twice, one after the other."""
        link = system.spawn(thinkers.Link, "ann")
        asker = system.spawn(thinkers.AsksAll, "asker", ["ann", "ann"], later)
        assert said(ask(asker, "go"))[-1] == "asker(go ann, go ann)"
        assert link.call("know", "spoken") == 2
        assert [text for _, text in link.call("heard", "asker")] == ["go", "go ann"] * 2

    @KINDS
    def test_a_hundred_agents_answer(self, system: AgentSystem, later: bool) -> None:
        """Each once, in the order in which they were asked."""
        names = [f"a{number}" for number in range(100)]
        system.spawn_many(cast.Says, names)
        asker = system.spawn(thinkers.AsksAll, "asker", names, later)
        result = ask(asker, "go")
        assert said(result)[-1] == f"asker({', '.join(f'{name} heard go' for name in names)})"
        assert len(result.transcript) == 202

    @pytest.mark.parametrize("kinds", [(0, 0), (0, 1), (1, 0), (1, 1)], ids=str)
    def test_those_who_are_asked_may_ask_whoever_waits_for_them(
        self, system: AgentSystem, kinds: tuple[int, int]
    ) -> None:
        """Circles, through both of two that are asked at once."""
        asked = (cast.Asks, cast.AsksLater)[kinds[0]]
        for name in ("ann", "ben"):
            system.spawn(asked, name, {"*": ["alice"], "alice": []})
        system.spawn(thinkers.AsksAllOrAnswers, "alice", ["ann", "ben"], bool(kinds[1]))
        for name in ("ann", "ben"):
            system.agent(name).call("learn", "asks", {"alice": ["alice"]})
        assert said(ask("alice", "all?", timeout=30))[-1] == (
            "alice(ann(alice answers), ben(alice answers))"
        )

    def test_many_who_ask_many_at_once_all_are_answered(self, system: AgentSystem) -> None:
        """Everyone asks everyone, at the same time."""
        names = [f"a{number}" for number in range(6)]
        for number, name in enumerate(names):
            system.spawn(thinkers.AsksAllOrAnswers, name, names, bool(number % 2))
        users = system.spawn_many(cast.Says, [f"user{number}" for number in range(6)], None)
        chats = [
            user.start_chat(name, "all?", silent=True, timeout=60)
            for user, name in zip(users, names, strict=True)
        ]
        answers = ", ".join(f"{name} answers" for name in names)
        assert [said(chat.result())[-1] for chat in chats] == [
            f"{name}({answers})" for name in names
        ]

    def test_usage_of_all_that_were_asked_adds_up(self, system: AgentSystem) -> None:
        """Each answer of a model says what it cost."""
        for number, name in enumerate(("ann", "ben")):
            model = ScriptedModel(Completion("fine", usage=Usage(10 * number + 1, 1)))
            system.spawn(cast.Player, name, model)
        asker = system.spawn(thinkers.AsksAll, "asker", ["ann", "ben"])
        assert ask(asker, "well?").usage == Usage(12, 2)

    def test_a_question_to_many_is_not_handed_on(self, system: AgentSystem) -> None:
        """It wants one answer of each; who hands it on fails, and the error says why."""
        system.spawn(thinkers.Hands, "desk", "till")
        system.spawn(cast.Says, "till")
        asker = system.spawn(thinkers.AsksAll, "asker", ["desk", "till"])
        assert said(ask(asker, "well?"))[-1] == "asker(FAILED, till heard well?)"
        assert asker.call("failure") == "ReplyTypeError"

    def test_those_who_are_asked_may_run_tools(self, system: AgentSystem) -> None:
        """A round of calls stands in the transcript, deeper."""
        model = ScriptedModel(ToolCall.of("1", "add", a=1, b=2), "3")
        system.spawn(cast.Player, "ann", model, tools=[thinkers.add])
        result = ask(system.spawn(thinkers.AsksAll, "asker", ["ann"]), "1+2?")
        assert [(e.content, e.depth) for e in result.transcript] == [
            ("1+2?", 0), ("1+2?", 1), (None, 2), ("3", 2), ("3", 1), ("asker(3)", 0),
        ]  # fmt: skip

    # --- sequences of chats ----------------------------------------------------------------------

    @KINDS
    def test_chats_are_had_one_after_the_other_each_told_what_came_of_those_before(
        self, system: AgentSystem, later: bool
    ) -> None:
        """What each is told stands under its first message; the answers are the summaries."""
        for name in ("ann", "ben", "cid"):
            system.spawn(cast.Says, name, f"{name} is done")
        boss = system.spawn(thinkers.ChatsWithMany, "boss", [
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
        """Of each chat, with its summary by whatever method was chosen."""
        model = ScriptedModel(Expect("user: bye\ncid: cid heard bye", "all is well"))
        user = cast.Says("user", None, llm=model)
        refs = system.spawn_many(cast.Says, ["ann", "ben", "cid"])
        results = user.initiate_chats([
            {"recipient": refs[0], "message": thinkers.greeting, "silent": True},
            {"recipient": "ben", "message": "hi", "summary_method": thinkers.first_words,
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
        """Those after it are not begun."""
        system.spawn(cast.Raises, "bad")
        ben = system.spawn(cast.Says, "ben")
        chats = [{"recipient": "bad", "message": "x"}, {"recipient": "ben", "message": "y"}]
        for later in (False, True):
            boss = system.spawn(thinkers.ChatsWithMany, f"boss-{later}", chats, later)
            with pytest.raises(ReplyError, match="broken"):
                ask(boss, "go")
            assert ben.call("heard", f"boss-{later}") == []

    @KINDS
    def test_a_sequence_draws_on_one_budget(self, system: AgentSystem, later: bool) -> None:
        """Whatever each may have had alone."""
        system.spawn_many(cast.Says, ["ann", "ben"], "fine")
        chats = [{"recipient": "ann", "message": "x"}, {"recipient": "ben", "message": "y"}]
        for max_turns in range(1, 9):
            boss = system.spawn(thinkers.ChatsWithMany, f"boss{max_turns}", chats, later)
            result = ask(boss, "go", max_turns=max_turns)
            assert len(result.transcript) == min(6, max_turns)
            assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 6)

    def test_an_entry_that_is_wrong_begins_no_chat(self, system: AgentSystem) -> None:
        """The error says which, and which keys there are."""
        ann = system.spawn(cast.Says, "ann")
        user = cast.Says("user", None)
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

    # --- nested chats as a reply -----------------------------------------------------------------

    def test_an_agent_answers_with_what_others_said(self, system: AgentSystem) -> None:
        """The first is told what is being answered; the last summary is the reply."""
        system.spawn(cast.Says, "ann")
        system.spawn(cast.Says, "ben")
        front = system.spawn(thinkers.Front, "front", [
            {"recipient": "ann", "max_turns": 2}, {"recipient": "ben", "message": "and you?"},
        ])  # fmt: skip
        result = ask(front, "well?")
        assert said(result)[:3] == ["well?", "well?", "ann heard well?"]
        assert said(result)[-1] == "ben heard and you?\nContext:\nann heard well?"
        assert [e.depth for e in result.transcript] == [0, 1, 1, 1, 1, 0]

    def test_what_nested_chats_say_does_not_set_them_off_again(self, system: AgentSystem) -> None:
        """The agent whose turn began them does not answer them with chats of its own."""
        system.spawn(cast.Says, "user-like", "hm")
        front = system.spawn(thinkers.Front, "front", [{"recipient": "user-like"}])
        front.call("register_nested_chats", [{"recipient": "user-like"}], None)
        result = ask(front, "well?")
        assert said(result) == ["well?", "well?", "hm", "hm"]

    def test_nested_chats_answer_only_whom_their_trigger_names(self, system: AgentSystem) -> None:
        """Others are answered by the rules after it."""
        system.spawn(cast.Says, "ann")
        front = system.spawn(
            thinkers.Front, "front", [{"recipient": "ann"}], default_auto_reply="no"
        )
        assert said(ask(front, "well?", cast.Says("stranger", None))) == ["well?", "no"]

    def test_nested_chats_draw_on_the_budget(self, system: AgentSystem) -> None:
        """Each within the whole."""
        system.spawn(cast.Says, "ann", "fine")
        system.spawn(cast.Says, "ben", "fine")
        chats = [{"recipient": "ann"}, {"recipient": "ben"}]
        front = system.spawn(thinkers.Front, "front", chats)
        for max_turns in range(1, 9):
            result = ask(front, "well?", max_turns=max_turns)
            assert len(result.transcript) == min(6, max_turns)
            assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 6)

    def test_a_tool_may_ask_many(self, system: AgentSystem) -> None:
        """What its agent asks is nested in the round."""
        system.spawn_many(cast.Says, ["ann", "ben"], "fine")
        model = ScriptedModel(ToolCall.of("1", "ask_around", peers=["ann", "ben"]), "good")
        bot = system.spawn(thinkers.Pollster, "bot", model)
        result = ask(bot, "how are they?")
        assert said(result)[-1] == "good"
        assert said(result)[2:6] == ["how are you?", "fine", "how are you?", "fine"]

    def test_a_handoff_within_nested_chats_goes_on_there(self, system: AgentSystem) -> None:
        """Its initiator is the agent whose turn it is; the transcript has it all."""
        system.spawn(thinkers.Hands, "desk", ("till", "a refund"))
        system.spawn(cast.Says, "till", "here you are")
        front = system.spawn(thinkers.Front, "front", [{"recipient": "desk"}])
        result = ask(front, "money!")
        assert said(result) == ["money!", "money!", "a refund", "here you are", "here you are"]
