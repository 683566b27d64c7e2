"""Conformance: questions to many agents at once."""

from __future__ import annotations

import pytest

from agentcore.protocol.chat_errors import ChatTimeoutError
from agentcore.protocol.model_api import Completion, ToolCall, Usage
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.agents.answering import Says
from agentcore.testing.conformance.agents.asking import Asks, AsksLater
from agentcore.testing.conformance.agents.asking_all import AsksAll, AsksAllOrAnswers
from agentcore.testing.conformance.agents.failing import Closes, Dies, Never, Raises
from agentcore.testing.conformance.agents.group_members import Link
from agentcore.testing.conformance.agents.handing_off import Hands
from agentcore.testing.conformance.agents.player import Player
from agentcore.testing.conformance.agents.toolbox import Pollster, add
from agentcore.testing.conformance.dialogue import ask, said
from agentcore.testing.conformance.parameters import DEF_AND_ASYNC_DEF
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["AskingAll"]


class AskingAll:
    """`ask_all`: answers, failures, budgets and circles."""

    @DEF_AND_ASYNC_DEF
    def test_all_are_asked_and_answers_come_in_order(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Transcript and histories have the answers in the order in which the agents were given."""
        for name in ("ann", "ben", "cid"):
            system.spawn(Says, name)
        asker = system.spawn(AsksAll, "asker", ["ben", "cid", "ann"], later)
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
        """Agent objects and hosted agents can call `ask_all` outside of a turn."""
        refs = system.spawn_many(Says, ["ann", "ben"], "fine")
        answers = Says("user").ask_all("well?", refs, silent=True)
        assert [each and each.content for each in answers.texts] == ["fine", "fine"]
        assert (len(answers), answers[1].stop.kind, answers.error) == (2, "NO_REPLY", None)
        hosted = system.spawn(Says, "hosted")
        again = hosted.call("ask_all", "well?", ["ann"], silent=True)
        assert said(again[0]) == ["well?", "fine"]
        assert hosted.call("heard", "ann") == [("assistant", "well?"), ("user", "fine")]

    @DEF_AND_ASYNC_DEF
    def test_one_that_fails_does_not_keep_the_others(
        self, system: AgentSystem, later: bool
    ) -> None:
        """One peer raises, one says nothing, one was closed, and one is closed meanwhile."""
        good = system.spawn(Says, "good", "fine")
        system.spawn(Raises, "bad")
        system.spawn(Says, "mute", None)
        gone = system.spawn(Says, "gone")
        system.spawn(Closes, "closer")
        system.spawn(Dies, "dying")
        gone.close()
        peers = ["bad", good, "mute", gone, "dying"]
        asker = system.spawn(AsksAll, "asker", peers, later)
        assert said(ask(asker, "well?", timeout=30))[-1] == (
            "asker(FAILED, fine, NO_REPLY, FAILED, FAILED)"
        )
        assert asker.call("failure") == "ReplyError"
        assert asker.call("heard", "gone") == []

    @DEF_AND_ASYNC_DEF
    def test_a_name_that_is_nobodys_asks_nobody(self, system: AgentSystem, later: bool) -> None:
        """The error comes before anything is delivered."""
        ann = system.spawn(Says, "ann")
        asker = system.spawn(AsksAll, "asker", ["ann", "zoe"], later)
        assert said(ask(asker, "well?")) == ["well?", "caught AgentNotFoundError"]
        assert ann.call("heard", "asker") == asker.call("heard", "ann") == []

    @DEF_AND_ASYNC_DEF
    def test_who_does_not_answer_in_time_counts_as_failed(
        self, system: AgentSystem, later: bool
    ) -> None:
        """The answers of the others are given all the same."""
        system.spawn(Says, "quick", "fine")
        system.spawn(Never, "slow")
        asker = system.spawn(AsksAll, "asker", ["slow", "quick"], later, {"timeout": 0.3})
        assert said(ask(asker, "well?"))[-1] == "asker(DEADLINE, fine)"
        assert asker.call("kinds") == ["DEADLINE", "NO_REPLY"]
        lonely = system.spawn(AsksAll, "lonely", ["slow"], later, {"timeout": 0.1})
        assert said(ask(lonely, "well?"))[-1] == "lonely(DEADLINE)"

    def test_the_deadline_of_the_conversation_holds_for_all_that_are_asked(
        self, system: AgentSystem
    ) -> None:
        """The agent that began the conversation gets its error in time."""
        system.spawn(Never, "slow")
        for later in (False, True):
            asker = system.spawn(AsksAll, f"asker-{later}", ["slow"], later)
            with pytest.raises(ChatTimeoutError):
                ask(asker, "well?", timeout=0.3)

    @DEF_AND_ASYNC_DEF
    def test_the_budget_is_split_and_never_exceeded(self, system: AgentSystem, later: bool) -> None:
        """The nested conversations of those who are asked share the budget, too."""
        system.spawn(Asks, "leaf")
        for name in ("ann", "ben", "cid"):
            system.spawn(Asks, name, {"*": ["leaf"], "leaf": []})
        asker = system.spawn(AsksAll, "asker", ["ann", "ben", "cid"], later)
        for max_turns in range(1, 20):
            result = ask(asker, "well?", max_turns=max_turns)
            assert len(result.transcript) <= max_turns
            whole = said(result)[-1] == "asker(ann(leaf()), ben(leaf()), cid(leaf()))"
            assert whole == (max_turns >= 14)

    def test_too_little_budget_for_all_asks_nobody(self, system: AgentSystem) -> None:
        """A ``BudgetSpentError`` that is not caught stops the conversation with ``MAX_TURNS``."""
        ann = system.spawn(Says, "ann")
        system.spawn(Says, "ben")
        asker = system.spawn(AsksAll, "asker", ["ann", "ben"], catches=False)
        result = ask(asker, "well?", max_turns=2)
        assert (said(result), result.stop.kind) == (["well?"], "MAX_TURNS")
        assert ann.call("heard", "asker") == []

    def test_nobody_may_be_asked(self, system: AgentSystem) -> None:
        """Without peers there are no answers, and that is no error."""
        for later in (False, True):
            asker = system.spawn(AsksAll, f"asker-{later}", [], later)
            assert said(ask(asker, "well?")) == ["well?", f"asker-{later}()"]

    @DEF_AND_ASYNC_DEF
    def test_one_agent_may_be_asked_twice(self, system: AgentSystem, later: bool) -> None:
        """It answers twice, one after the other."""
        link = system.spawn(Link, "ann")
        asker = system.spawn(AsksAll, "asker", ["ann", "ann"], later)
        assert said(ask(asker, "go"))[-1] == "asker(go ann, go ann)"
        assert link.call("know", "spoken") == 2
        assert [text for _, text in link.call("heard", "asker")] == ["go", "go ann"] * 2

    @DEF_AND_ASYNC_DEF
    def test_a_hundred_agents_answer(self, system: AgentSystem, later: bool) -> None:
        """Each answers once, and the answers have the order in which the agents were asked."""
        names = [f"a{number}" for number in range(100)]
        system.spawn_many(Says, names)
        asker = system.spawn(AsksAll, "asker", names, later)
        result = ask(asker, "go")
        assert said(result)[-1] == f"asker({', '.join(f'{name} heard go' for name in names)})"
        assert len(result.transcript) == 202

    @pytest.mark.parametrize("kinds", [(0, 0), (0, 1), (1, 0), (1, 1)], ids=str)
    def test_those_who_are_asked_may_ask_whoever_waits_for_them(
        self, system: AgentSystem, kinds: tuple[int, int]
    ) -> None:
        """Two peers that are asked at once ask back: two cycles of waits, which are served."""
        asked = (Asks, AsksLater)[kinds[0]]
        for name in ("ann", "ben"):
            system.spawn(asked, name, {"*": ["alice"], "alice": []})
        system.spawn(AsksAllOrAnswers, "alice", ["ann", "ben"], bool(kinds[1]))
        for name in ("ann", "ben"):
            system.agent(name).call("learn", "asks", {"alice": ["alice"]})
        assert said(ask("alice", "all?", timeout=30))[-1] == (
            "alice(ann(alice answers), ben(alice answers))"
        )

    def test_many_who_ask_many_at_once_all_are_answered(self, system: AgentSystem) -> None:
        """Each of six agents asks all six, at the same time."""
        names = [f"a{number}" for number in range(6)]
        for number, name in enumerate(names):
            system.spawn(AsksAllOrAnswers, name, names, bool(number % 2))
        users = system.spawn_many(Says, [f"user{number}" for number in range(6)], None)
        chats = [
            user.start_chat(name, "all?", silent=True, timeout=60)
            for user, name in zip(users, names, strict=True)
        ]
        answers = ", ".join(f"{name} answers" for name in names)
        assert [said(chat.result())[-1] for chat in chats] == [
            f"{name}({answers})" for name in names
        ]

    def test_usage_of_all_that_were_asked_adds_up(self, system: AgentSystem) -> None:
        """The result has the sum of the usage of all answers."""
        for number, name in enumerate(("ann", "ben")):
            model = ScriptedModel(Completion("fine", usage=Usage(10 * number + 1, 1)))
            system.spawn(Player, name, model)
        asker = system.spawn(AsksAll, "asker", ["ann", "ben"])
        assert ask(asker, "well?").usage == Usage(12, 2)

    def test_a_question_to_many_is_not_handed_on(self, system: AgentSystem) -> None:
        """A peer that hands the question off fails, and its error says why."""
        system.spawn(Hands, "desk", "till")
        system.spawn(Says, "till")
        asker = system.spawn(AsksAll, "asker", ["desk", "till"])
        assert said(ask(asker, "well?"))[-1] == "asker(FAILED, till heard well?)"
        assert asker.call("failure") == "ReplyTypeError"

    def test_those_who_are_asked_may_run_tools(self, system: AgentSystem) -> None:
        """The transcript has their rounds of tool calls, one level deeper."""
        model = ScriptedModel(ToolCall.of("1", "add", a=1, b=2), "3")
        system.spawn(Player, "ann", model, tools=[add])
        result = ask(system.spawn(AsksAll, "asker", ["ann"]), "1+2?")
        assert [(e.content, e.depth) for e in result.transcript] == [
            ("1+2?", 0), ("1+2?", 1), (None, 2), ("3", 2), ("3", 1), ("asker(3)", 0),
        ]  # fmt: skip

    def test_a_tool_may_ask_many(self, system: AgentSystem) -> None:
        """The round of tool calls contains the conversations that the tool began."""
        system.spawn_many(Says, ["ann", "ben"], "fine")
        model = ScriptedModel(ToolCall.of("1", "ask_around", peers=["ann", "ben"]), "good")
        bot = system.spawn(Pollster, "bot", model)
        result = ask(bot, "how are they?")
        assert said(result)[-1] == "good"
        assert said(result)[2:6] == ["how are you?", "fine", "how are you?", "fine"]
