"""Conformance: conversations of more than two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from agentcore.base.errors import SpawnError
from agentcore.groups.group import GroupChat
from agentcore.models import Completion, ToolCall, Usage
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, ChatTimeoutError, DepthError, ReplyError
from agentcore.protocol.conditions import MaxMessages, TextMention
from agentcore.protocol.decisions import Handoff
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance import agents as cast
from agentcore.testing.conformance import thinkers as thinkers
from agentcore.testing.conformance.suite import ask, said
from agentcore.testing.models.script_items import Expect
from agentcore.testing.models.scripted import ScriptedModel

__all__ = ["Groups"]

NAMES = ("alice", "bob", "carol")
KINDS = pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])


def group(
    system: AgentSystem, members: Sequence[Any] = NAMES, name: str = "team", **options: Any
) -> AgentRef:
    """Spawn a group that goes round."""
    options.setdefault("speaker_selection", "round_robin")
    return system.spawn(GroupChat, name, members, **options)


def links(system: AgentSystem, names: Sequence[str] = NAMES, **options: Any) -> list[AgentRef]:
    """Spawn members, spread over whatever hosts there are."""
    return [system.spawn(thinkers.Link, name, **options) for name in names]


def ending(result: Any) -> dict[str, Any]:
    """Give what the group says of how it went."""
    return dict(result.last_message.metadata["group"])


class Groups:
    """`GroupChat`: order, strategies, ends."""

    # --- who hears what --------------------------------------------------------------------------

    @KINDS
    def test_all_members_hear_everything_once_and_in_one_order(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Each has in its history with the group what all said, with who said it."""
        members = links(system, later=later)
        result = ask(group(system, members, max_round=7), "go")
        words = ["go"]
        for name in (NAMES * 3)[:7]:
            words.append(f"{words[-1]} {name}")
        everything = list(zip(("user", *(NAMES * 3)[:7]), words, strict=True))
        for member in members:
            assert member.call("told", "team") == everything
        assert said(result) == [*words, words[-1]]
        assert ending(result) == {"rounds": 7, "stop": "MAX_ROUND", "speaker": "alice"}

    def test_the_transcript_says_who_spoke_to_whom(self, system: AgentSystem) -> None:
        """What members say stands one deeper, and each of it once."""
        links(system)
        result = ask(group(system, max_round=3), "go")
        assert [(e.sender, e.recipient, e.depth) for e in result.transcript] == [
            ("user", "team", 0), ("alice", "team", 1), ("bob", "team", 1), ("carol", "team", 1),
            ("team", "user", 0),
        ]  # fmt: skip

    @pytest.mark.parametrize("rounds", [1, 2, 3, 4, 9])
    def test_the_number_of_rounds_is_exact(self, system: AgentSystem, rounds: int) -> None:
        """Not one more, not one less."""
        members = links(system)
        result = ask(group(system, max_round=rounds), "go")
        assert ending(result)["rounds"] == rounds
        assert sum(member.call("know", "spoken") for member in members) == rounds
        assert len(result.transcript) == rounds + 2

    def test_members_are_refs_names_or_objects(self, system: AgentSystem) -> None:
        """Objects of this process are members for as long as a chat goes on."""
        if system._runtime.strict:
            pytest.skip("an object of this process cannot be given to another one")
        bob = thinkers.Link("bob")
        system.spawn(thinkers.Link, "alice")
        team = group(system, ["alice", bob, system.spawn(thinkers.Link, "carol")], max_round=3)
        for _ in range(2):
            assert said(ask(team, "go"))[-1] == "go alice bob carol"
        assert [ref.name for ref in system.agents()] == ["alice", "carol", "team"]

    def test_a_single_member_speaks_on_what_it_said(self, system: AgentSystem) -> None:
        """Nothing new was said, and it is asked all the same; its history has nothing twice."""
        (alice,) = links(system, ["alice"])
        result = ask(group(system, ["alice"], max_round=3), "go")
        assert said(result)[-1] == "go alice alice alice"
        assert [text for _, text in alice.call("told", "team")] == [
            "go", "go alice", "go alice alice", "go alice alice alice",
        ]  # fmt: skip

    # --- begun by a member -----------------------------------------------------------------------

    def test_a_member_can_begin(self, system: AgentSystem) -> None:
        """What it says is the first the others hear; it is told no answer twice."""
        members = links(system)
        result = members[0].initiate_chat(group(system, max_round=3), "from alice", silent=True)
        words = [
            "from alice", "from alice bob", "from alice bob carol", "from alice bob carol alice",
        ]  # fmt: skip
        assert said(result) == words
        assert result.stop.kind in ("MAX_ROUND", "NO_REPLY")
        told = list(zip(("alice", "bob", "carol", "alice"), words, strict=True))
        for member in members:
            assert member.call("told", "team") == told

    @KINDS
    def test_a_member_can_begin_from_within_its_turn(
        self, system: AgentSystem, later: bool
    ) -> None:
        """It waits for the group, and speaks in it all the same."""
        system.spawn(thinkers.Chairs, "alice", "team", later)
        links(system, NAMES[1:])
        group(system, max_round=5)
        result = ask("alice", "go")
        words = [e.content for e in result.transcript if e.depth]
        assert words[-1] == "go bob carol alice bob carol"
        assert len(words) == 6
        for name in NAMES:
            assert [t for _, t in system.agent(name).call("told", "team")] == words

    # --- who speaks next -------------------------------------------------------------------------

    def test_random_speakers_repeat_with_their_seed(self, system: AgentSystem) -> None:
        """The same seed the same order."""
        links(system)
        orders = []
        for number, seed in enumerate((1, 1, 2)):
            team = group(
                system, name=f"t{number}", speaker_selection="random", seed=seed, max_round=12
            )
            orders.append(said(ask(team, "go"))[-1])
        assert orders[0] == orders[1] != orders[2]

    def test_a_function_chooses(self, system: AgentSystem) -> None:
        """It is told who spoke last, what was said, and who may speak; ``None`` ends it."""
        links(system, says={2: "now stop"})
        result = ask(group(system, speaker_selection=thinkers.shortest_first), "go")
        assert said(result)[1:-1] == ["go bob", "go bob alice", "now stop"]
        assert ending(result) == {"rounds": 3, "stop": "NO_SPEAKER", "speaker": "bob"}

    def test_an_async_function_chooses(self, system: AgentSystem) -> None:
        """It holds no thread while it awaits."""
        links(system)
        result = ask(group(system, speaker_selection=thinkers.last_candidate, max_round=2), "go")
        assert said(result)[-1] == "go carol carol"

    def test_a_function_that_names_nobody_of_the_group_fails_it(self, system: AgentSystem) -> None:
        """The error names the function."""
        links(system)
        with pytest.raises(ReplyError, match=r"SpeakerError.*nobody_known.*zoe"):
            ask(group(system, speaker_selection=thinkers.nobody_known), "go")

    def test_a_model_chooses_and_is_asked_again(self, system: AgentSystem) -> None:
        """It sees names, descriptions and who said what; garbled twice, the next in turn speaks."""
        for name in NAMES:
            system.spawn(thinkers.Link, name, description=f"is {name}")
        model = ScriptedModel(
            Expect("user: go", Completion("**Carol**!", usage=Usage(1, 1))),
            Expect("carol: go carol", Completion("bob or alice", usage=Usage(1, 1))),
            Expect("does not say which", Completion("Alice.", usage=Usage(1, 1))),
            "nobody", "nobody at all",
        )  # fmt: skip
        result = ask(group(system, speaker_selection="auto", llm=model, max_round=3), "go")
        assert said(result)[-1] == "go carol alice bob"
        assert "- bob: is bob" in model.calls[0].messages[0]["content"]
        assert result.usage.total_tokens > 6
        assert model.calls[0].output is not None

    def test_what_is_asked_of_members_first_is_no_message(self, system: AgentSystem) -> None:
        """Descriptions and tools cost nothing of the budget."""
        links(system)
        for max_turns in range(2, 8):
            model = ScriptedModel(then="bob")
            team = group(system, name=f"t{max_turns}", speaker_selection="auto", llm=model)
            result = ask(team, "go", max_turns=max_turns)
            assert (len(result.transcript), result.stop.kind) == (max_turns, "MAX_TURNS")

    @KINDS
    def test_a_model_chooses_among_members_that_wait(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Also one that began from within its turn is asked what it is."""
        system.spawn(thinkers.Chairs, "alice", "team", later)
        links(system, ["bob"])
        model = ScriptedModel("bob", "alice")
        group(system, ["alice", "bob"], speaker_selection="auto", llm=model, max_round=2)
        result = ask("alice", "go", timeout=30)
        assert [e.content for e in result.transcript if e.depth][-1] == "go bob alice"

    def test_a_human_chooses(self, system: AgentSystem) -> None:
        """By number, name or enter; ``exit`` ends the chat."""
        links(system)
        system.spawn(thinkers.Chooses, "team", NAMES, answers=["2", "hm", "Carol", "", "exit"])
        result = ask("team", "go")
        assert said(result)[-1] == "go bob carol alice"
        assert ending(result)["stop"] == "HUMAN_EXIT"

    def test_the_human_of_the_admin_chooses(self, system: AgentSystem) -> None:
        """Wherever that member lives."""
        system.spawn(thinkers.Link, "alice")
        bob = system.spawn(thinkers.ChoosesForAll, "bob", answers=["bob", "alice", "exit"])
        team = group(system, ["alice", "bob"], speaker_selection="manual", admin="bob")
        assert said(ask(team, "go"))[-1] == "go bob alice"
        assert "1. alice" in bob.call("know", "prompts")[0]

    @pytest.mark.parametrize("selection", ["round_robin", "random", thinkers.last_candidate])
    def test_speakers_keep_to_the_graph(self, system: AgentSystem, selection: Any) -> None:
        """Whatever the strategy; whoever begins from outside may be followed by anyone."""
        links(system)
        graph = {"alice": ["bob"], "bob": ["alice", "carol"], "carol": ["alice"]}
        team = group(system, speaker_selection=selection, allowed_transitions=graph, max_round=15)
        speakers = [e.sender for e in ask(team, "go").transcript if e.depth]
        assert len(speakers) == 15
        assert all(after in graph[before] for before, after in pairwise(speakers))

    def test_the_graph_holds_for_a_model_too(self, system: AgentSystem) -> None:
        """Where only one may speak, none is asked; a name that may not speak is none."""
        links(system)
        graph = {"alice": ["bob", "carol"], "bob": ["alice"], "carol": []}
        model = ScriptedModel("alice", "alice", "alice!", "carol")
        team = group(
            system, speaker_selection="auto", llm=model, allowed_transitions=graph, max_round=9
        )
        result = ask(team, "go")
        assert said(result)[-1] == "go alice bob alice carol"
        assert ending(result) == {"rounds": 4, "stop": "NO_SPEAKER", "speaker": "carol"}

    def test_nobody_who_may_speak_at_all_is_a_clean_end(self, system: AgentSystem) -> None:
        """Of a group begun by a member whom nobody may follow: only what it said."""
        alice, *_ = links(system)
        team = group(system, allowed_transitions={"bob": ["carol"]})
        result = alice.initiate_chat(team, "hello?", silent=True)
        assert said(result) == ["hello?"]
        for name in NAMES[1:]:
            assert system.agent(name).call("told", "team") == [("alice", "hello?")]

    # --- how it ends -----------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("last", "kind"),
        [
            ({"content": "bye", "metadata": {"TERMINATE": True}}, "TERMINATE"),
            ("bye TERMINATE", "TERMINATION_MESSAGE"),
        ],
        ids=["metadata", "text"],
    )
    def test_a_member_can_end_it(self, system: AgentSystem, last: Any, kind: str) -> None:
        """All hear the last word, and whoever began is answered with it."""
        members = links(system, NAMES[:2])
        members.append(system.spawn(thinkers.Link, "carol", {1: last}))
        result = ask(group(system), "go")
        assert ending(result) == {"rounds": 3, "stop": kind, "speaker": "carol"}
        for member in members:
            assert member.call("told", "team")[-1][1].startswith("bye")

    def test_a_member_that_says_nothing_ends_it(self, system: AgentSystem) -> None:
        """The others are answered for with what was said last."""
        links(system, NAMES[:2])
        system.spawn(thinkers.Link, "carol", {1: None})
        result = ask(group(system), "go")
        assert ending(result) == {"rounds": 2, "stop": "NO_REPLY", "speaker": "bob"}

    def test_the_first_speaker_saying_nothing_is_no_reply_of_the_group(
        self, system: AgentSystem
    ) -> None:
        """There is nothing that it could answer."""
        system.spawn(thinkers.Link, "alice", {1: None})
        result = ask(group(system, ["alice"]), "go")
        assert (result.stop.kind, result.stop.agent) == ("NO_REPLY", "team")

    def test_a_member_at_its_limit_ends_it(self, system: AgentSystem) -> None:
        """Automatic replies are counted for each member."""
        links(system, NAMES[:2])
        system.spawn(thinkers.Link, "carol", max_consecutive_auto_reply=2)
        result = ask(group(system, max_round=50), "go")
        assert ending(result) == {"rounds": 8, "stop": "MAX_AUTO_REPLY", "speaker": "bob"}

    @pytest.mark.parametrize(
        ("until", "rounds"),
        [(TextMention("carol", sources="carol"), 3), (MaxMessages(4), 4)],
        ids=["mention", "messages"],
    )
    def test_a_condition_ends_it(self, system: AgentSystem, until: Any, rounds: int) -> None:
        """Of the group's own conversation: what members say, and who says it."""
        links(system)
        result = ask(group(system, until=until), "go")
        assert ending(result)["stop"] == "CONDITION"
        assert ending(result)["rounds"] == rounds

    @pytest.mark.parametrize("max_turns", range(1, 9))
    def test_the_budget_is_exact(self, system: AgentSystem, max_turns: int) -> None:
        """The transcript has just so many messages, unless the rounds are over first."""
        members = links(system)
        result = ask(group(system, max_round=5), "go", max_turns=max_turns)
        assert len(result.transcript) == min(7, max_turns)
        # The one that reaches the limit is recorded and not answered.
        assert (result.stop.kind == "MAX_TURNS") == (max_turns <= 7)
        spoken = sum(member.call("know", "spoken") for member in members)
        assert spoken == min(5, max(0, max_turns - 1))

    def test_a_deadline_ends_it(self, system: AgentSystem) -> None:
        """With what was said until then, and members can speak again."""
        alice = system.spawn(thinkers.Link, "alice")
        system.spawn(cast.Never, "bob")
        team = group(system, ["alice", "bob"])
        with pytest.raises(ChatTimeoutError) as caught:
            ask(team, "go", timeout=0.3)
        assert caught.value.result is not None
        assert said(caught.value.result)[0] == "go"
        assert said(ask(alice, "again"))[-1] == "again alice"
        assert team.call("describe") == ""

    def test_it_can_be_cancelled(self, system: AgentSystem) -> None:
        """Whatever a member is at."""
        system.spawn(cast.Never, "bob")
        chat = cast.Says("user", None).start_chat(group(system, ["bob"]), "go", silent=True)
        assert chat.cancel()
        assert chat.result().stop.kind == "CANCELLED"

    # --- members that fail -----------------------------------------------------------------------

    def test_a_member_that_fails_fails_the_group(self, system: AgentSystem) -> None:
        """The error names the member and its rule, and has what was said."""
        system.spawn(thinkers.Link, "alice")
        system.spawn(thinkers.Link, "bob", {1: ValueError("broken")})
        with pytest.raises(ReplyError, match="broken") as caught:
            ask(group(system, ["alice", "bob"]), "go")
        assert (caught.value.agent, caught.value.rule) == ("bob", "link")
        assert caught.value.result is not None
        assert said(caught.value.result) == ["go", "go alice"]
        assert caught.value.result.stop.agent == "team"

    def test_a_group_can_go_on_without_a_member(self, system: AgentSystem) -> None:
        """The next is chosen among the others; the rounds are not begun anew."""
        alice, carol = links(system, ["alice", "carol"])
        system.spawn(thinkers.Link, "bob", {2: ValueError("broken")})
        team = group(system, on_failure="continue", max_round=7)
        result = ask(team, "go")
        speakers = [e.sender for e in result.transcript if e.depth]
        assert speakers == ["alice", "bob", "carol", "alice", "carol", "alice", "carol"]
        assert ending(result) == {"rounds": 7, "stop": "MAX_ROUND", "speaker": "carol"}
        assert alice.call("told", "team") == carol.call("told", "team")
        assert len(alice.call("told", "team")) == 8

    def test_a_group_goes_on_without_a_member_that_is_gone(self, system: AgentSystem) -> None:
        """In the midst of its turn, or before it is asked at all."""
        system.spawn(cast.Closes, "closer")
        links(system, ["alice", "carol"])
        system.spawn(thinkers.Dies, "bob")
        team = group(system, on_failure="continue", max_round=4)
        result = ask(team, "go")
        assert [e.sender for e in result.transcript if e.depth == 1] == [
            "alice", "carol", "alice", "carol",
        ]  # fmt: skip
        with pytest.raises((AgentDiedError, ReplyError)):
            ask(group(system, name="strict"), "go")
        assert said(ask(team, "again"))[-1] == "again alice carol alice carol"

    @pytest.mark.parametrize("first", [0, 1, 2])
    def test_a_member_that_was_closed_is_left_out(self, system: AgentSystem, first: int) -> None:
        """Known by its ref; also where it was to speak first."""
        members = links(system)
        members[first].close()
        result = ask(group(system, members, on_failure="continue", max_round=2), "go")
        left = [name for name in NAMES if name != NAMES[first]]
        assert said(result)[-1] == f"go {' '.join(left)}"
        with pytest.raises(AgentDiedError, match=NAMES[first]):
            ask(group(system, members, name="strict", max_round=3), "go")

    def test_a_model_chooses_where_a_member_is_gone(self, system: AgentSystem) -> None:
        """What that one is cannot be asked any more; the others speak."""
        members = links(system)
        members[1].close()
        model = ScriptedModel("bob", "carol", "alice")
        team = group(
            system, members, speaker_selection="auto", llm=model, on_failure="continue", max_round=2
        )
        assert said(ask(team, "go"))[-1] == "go carol alice"

    def test_when_all_have_failed_the_group_ends(self, system: AgentSystem) -> None:
        """There is nobody who could speak."""
        for name in NAMES[:2]:
            system.spawn(thinkers.Link, name, {1: ValueError("broken")})
        result = ask(group(system, NAMES[:2], on_failure="continue"), "go")
        assert result.stop.kind == "NO_SPEAKER"
        assert said(result) == ["go"]

    # --- tools and handoffs ----------------------------------------------------------------------

    def test_a_call_goes_to_the_member_that_has_the_tool(self, system: AgentSystem) -> None:
        """Whatever the strategy; and back in turn after it."""
        call = ToolCall.of("1", "note", word="tea").as_dict()
        system.spawn(thinkers.Link, "alice", {1: {"tool_calls": [call]}})
        system.spawn(thinkers.Link, "bob")
        carol = system.spawn(thinkers.Toolbox, "carol")
        team = group(system, max_round=3)
        result = ask(team, "go")
        assert [(e.sender, e.content) for e in result.transcript if e.depth] == [
            ("alice", None), ("carol", "noted tea"), ("alice", "noted tea alice"),
        ]  # fmt: skip
        assert carol.call("know", "ran") == ["tea"]

    def test_a_member_hands_over_to_another(self, system: AgentSystem) -> None:
        """The next speaker is whom it names."""
        system.spawn(thinkers.Link, "alice", {1: Handoff("carol", "your turn")})
        links(system, NAMES[1:])
        result = ask(group(system, max_round=3), "go")
        assert [(e.sender, e.content) for e in result.transcript if e.depth] == [
            ("alice", "your turn"), ("carol", "your turn carol"),
            ("alice", "your turn carol alice"),
        ]  # fmt: skip

    # --- groups in groups, and many at once ------------------------------------------------------

    def test_a_group_can_be_a_member_of_a_group(self, system: AgentSystem) -> None:
        """Its answer is what it says there, and all of it draws on one budget."""
        links(system, ["alice", "bob", "carol", "dave"])
        group(system, ["alice", "bob"], "inner", max_round=2)
        outer = group(system, ["inner", "carol", "dave"], "outer", max_round=4)
        result = ask(outer, "go")
        assert said(result)[-1] == "go alice bob carol dave alice bob"
        assert [(e.sender, e.depth) for e in result.transcript][1:4] == [
            ("alice", 2), ("bob", 2), ("inner", 1),
        ]  # fmt: skip
        for max_turns in range(1, 11):
            result = ask(outer, "go", max_turns=max_turns)
            assert len(result.transcript) <= max_turns

    @KINDS
    def test_groups_that_share_members_talk_at_the_same_time(
        self, system: AgentSystem, later: bool
    ) -> None:
        """Each has its own history with each member, in its own order."""
        links(system, later=later)
        for number in range(4):
            members = NAMES[number % 3 :] + NAMES[: number % 3]
            group(system, members, f"team{number}", max_round=6)
        users = system.spawn_many(cast.Says, [f"user{number}" for number in range(4)], None)
        chats = [
            user.start_chat(f"team{number}", "go", silent=True, timeout=60)
            for number, user in enumerate(users)
        ]
        for number, chat in enumerate(chats):
            order = (NAMES[number % 3 :] + NAMES[: number % 3]) * 2
            assert said(chat.result())[-1] == f"go {' '.join(order)}"
            told = [system.agent(name).call("told", f"team{number}") for name in NAMES]
            assert told[0] == told[1] == told[2]

    def test_groups_of_members_that_ask_each_other_are_served(self, system: AgentSystem) -> None:
        """A member that asks a group of which the asking group is a member: a circle."""
        links(system, ["alice", "bob"])
        system.spawn(thinkers.Line, "line", "second")
        group(system, ["alice", "line"], "first", max_round=2)
        group(system, ["bob"], "second", max_round=1)
        assert said(ask("first", "go"))[-1] == "go alice bob!"

    def test_groups_that_are_each_others_members_are_nested_too_deep(
        self, system: AgentSystem
    ) -> None:
        """It costs nothing to pass a message on, and it ends all the same."""
        group(system, ["second"], "first")
        group(system, ["first"], "second")
        with pytest.raises(DepthError):
            ask("first", "go", timeout=60)

    @pytest.mark.parametrize("clear", [True, False])
    def test_a_group_used_again_begins_anew_or_goes_on(
        self, system: AgentSystem, clear: bool
    ) -> None:
        """As its initiator says, for all members."""
        members = links(system)
        team = group(system, max_round=2)
        user = cast.Says("user", None)
        ask(team, "one", user)
        ask(team, "two", user, clear_history=clear)
        last = [("user", "two"), ("alice", "two alice"), ("bob", "two alice bob")]
        first = [("user", "one"), ("alice", "one alice"), ("bob", "one alice bob")]
        for member in members:
            assert member.call("told", "team") == (last if clear else first + last)

    # --- what is refused -------------------------------------------------------------------------

    def test_a_group_that_cannot_be_is_refused(self, system: AgentSystem) -> None:
        """When it is spawned, with a word on what is wrong."""
        for wrong, words in (
            ({"max_round": 0}, "max_round"),
            ({"speaker_selection": "round robin"}, "round_robin"),
            ({"speaker_selection": "auto"}, "llm="),
            ({"on_failure": "ignore"}, "on_failure"),
            ({"admin": "zoe"}, "zoe"),
            ({"allowed_transitions": {"zoe": []}}, "zoe"),
            ({"members": []}, "one member or more"),
            ({"members": ["alice", "alice"]}, "each once"),
        ):
            with pytest.raises(SpawnError, match=words):
                group(system, **{"members": NAMES, **wrong})  # type: ignore[arg-type]

    def test_a_member_that_is_nowhere_is_named(self, system: AgentSystem) -> None:
        """When the group is asked."""
        links(system, NAMES[:2])
        with pytest.raises(ReplyError, match="'carol'"):
            ask(group(system), "go")
