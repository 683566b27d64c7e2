"""Who speaks next in a group: the graph, the strategies, and what answers mean."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from agentcore import AgentRef
from agentcore.errors import SpeakerError
from agentcore.groups.strategies import (
    SELECTIONS,
    Choice,
    Described,
    Floor,
    Function,
    Random,
    RoundRobin,
    Transitions,
    again_message,
    manual_question,
    member_with_tool,
    next_in_turn,
    read_answer,
    read_choice,
    selection_messages,
    selection_output,
    strategy_for,
)

MEMBERS = ("alice", "bob", "carol")
FLOOR = Floor("alice", ({"name": "user", "content": "hello"}, {"name": "alice", "content": "hi"}))


def ref(name: str) -> AgentRef:
    return AgentRef(name, "system")


# --- the graph ---------------------------------------------------------------------------------


def test_without_a_graph_everyone_may_follow_everyone() -> None:
    """Themselves included, in members' order."""
    transitions = Transitions.of(MEMBERS)
    assert [transitions.after(name) for name in MEMBERS] == [MEMBERS] * 3


def test_agents_refs_and_names_do_equally_in_a_graph() -> None:
    """Members, speakers and followers may each be given in any way; the order is the members'."""
    transitions = Transitions.of([ref("alice"), "bob", "carol"], {"alice": [ref("carol"), "bob"]})
    assert transitions.members == MEMBERS
    assert transitions.after("alice") == ("bob", "carol")


def test_a_speaker_without_an_entry_is_followed_by_nobody() -> None:
    """So is one with an empty list."""
    transitions = Transitions.of(MEMBERS, {"alice": ["bob"], "bob": []})
    assert transitions.after("bob") == transitions.after("carol") == ()


@pytest.mark.parametrize("began", [None, "user"])
def test_whoever_is_no_member_may_be_followed_by_anyone(began: str | None) -> None:
    """A graph says nothing of those who begin a chat from outside."""
    assert Transitions.of(MEMBERS, {}).after(began) == MEMBERS


@pytest.mark.parametrize("graph", [{"bobb": ["alice"]}, {"alice": ["bobb"]}])
def test_an_unknown_name_in_a_graph_is_an_error_that_lists_the_members(graph: Any) -> None:
    """It says which name, whom it may mean, and who there is."""
    expected = r"'bobb', who is no member.*did you mean 'bob'\?.*alice, bob, carol"
    with pytest.raises(ValueError, match=expected):
        Transitions.of(MEMBERS, graph)


@pytest.mark.parametrize("followers", ["bob", None, 3, ref("bob")])
def test_followers_are_a_list(followers: Any) -> None:
    """A single name is not taken for a list of letters."""
    with pytest.raises(TypeError, match=r"allowed_transitions\['alice'\] lists those who may"):
        Transitions.of(MEMBERS, {"alice": followers})


def test_one_speaker_has_one_entry() -> None:
    """A ref and a name of one agent are two entries for it."""
    with pytest.raises(ValueError, match="two entries for 'alice'"):
        Transitions.of(MEMBERS, {"alice": ["bob"], ref("alice"): ["carol"]})


@pytest.mark.parametrize("members", [(), ("alice", "alice"), ("alice", ref("alice"))])
def test_a_group_has_one_member_or_more_each_once(members: Sequence[Any]) -> None:
    """No member, and the same one twice, are errors."""
    with pytest.raises(ValueError, match="one member or more, each once"):
        Transitions.of(members)


def test_a_graph_crosses_to_another_process() -> None:
    """It is a plain value."""
    transitions = Transitions.of(MEMBERS, {"alice": ["bob"]})
    assert pickle.loads(pickle.dumps(transitions)) == transitions


# --- strategies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "candidates", "expected"),
    [
        (None, MEMBERS, "alice"),
        ("user", MEMBERS, "alice"),
        ("alice", MEMBERS, "bob"),
        ("carol", MEMBERS, "alice"),
        ("alice", ("alice", "carol"), "carol"),
        ("alice", ("alice",), "alice"),
        ("alice", (), None),
    ],
)
def test_the_next_in_turn_follows_the_last_speaker(
    last: str | None, candidates: tuple[str, ...], expected: str | None
) -> None:
    """Around the circle, past those who may not, and back to the speaker if need be."""
    assert next_in_turn(MEMBERS, last, candidates) == expected
    assert RoundRobin(MEMBERS).choose(candidates, Floor(last)) == expected


def test_chance_visits_everyone() -> None:
    """Any candidate is drawn, and two seeds draw in two orders."""
    one, other = Random(1), Random(2)
    first = [one.choose(MEMBERS, FLOOR) for _ in range(50)]
    second = [other.choose(MEMBERS, FLOOR) for _ in range(50)]
    assert set(first) == set(second) == set(MEMBERS)
    assert first != second


@pytest.mark.parametrize("selection", [*SELECTIONS, lambda: "alice"])
def test_where_nobody_may_speak_nobody_is_chosen(selection: Any) -> None:
    """No strategy makes somebody up, and no function is asked in vain."""
    assert strategy_for(selection, MEMBERS).choose((), FLOOR) is None


def test_the_strategies_are_named_as_they_are_asked_for() -> None:
    """Also those that stand in where a human or a model does not say."""
    assert [strategy_for(each, MEMBERS).name for each in SELECTIONS] == list(SELECTIONS)
    assert strategy_for("auto", MEMBERS).choose(MEMBERS, FLOOR) == "bob"


def test_an_unknown_strategy_is_an_error_that_lists_them() -> None:
    """It names the one that is close."""
    with pytest.raises(ValueError, match=r"'roundrobin'.*did you mean 'round_robin'\?.*manual"):
        strategy_for("roundrobin", MEMBERS)


# --- a function --------------------------------------------------------------------------------


def takes_all(last_speaker: str, messages: Sequence[Any], candidates: Sequence[str]) -> str:
    assert (last_speaker, messages) == ("alice", FLOOR.messages)
    return candidates[-1]


def in_another_order(candidates: Sequence[str], last_speaker: str, /, *, more: int = 1) -> str:
    return candidates[MEMBERS.index(last_speaker) + more]


class Chooser:
    def __call__(self, candidates: Sequence[str], **more: Any) -> str:
        assert not more
        return candidates[0]

    def method(self, messages: Sequence[Any]) -> str:
        return "bob" if len(messages) == 2 else "carol"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (takes_all, "carol"),
        (in_another_order, "bob"),
        (lambda: "bob", "bob"),
        (lambda *args, **kwargs: f"{MEMBERS[len(args) + len(kwargs)]}", "alice"),
        (Chooser(), "alice"),
        (Chooser().method, "bob"),
        (functools.partial(takes_all, candidates=["alice"]), "carol"),
        (lambda: ref("carol"), "carol"),
        (lambda: None, None),
    ],
)
def test_a_function_takes_what_it_names(function: Any, expected: str | None) -> None:
    """By name, in any order, of functions of any kind; it returns a name, a ref or ``None``."""
    assert Function(function).choose(MEMBERS, FLOOR) == expected


@pytest.mark.parametrize("function", [lambda last, candidates: "bob", lambda groupchat: "bob"])
def test_a_function_that_names_something_else_is_an_error_at_once(function: Any) -> None:
    """It says what there is to be named."""
    with pytest.raises(SpeakerError, match=r"last_speaker, messages, candidates; there is no '"):
        strategy_for(function, MEMBERS)


@pytest.mark.parametrize("selection", [3, None, ["alice"]])
def test_what_is_neither_a_name_nor_a_function_is_an_error(selection: Any) -> None:
    """No list, and no ``None``, is taken for a strategy."""
    with pytest.raises(SpeakerError, match="cannot be told"):
        strategy_for(selection, MEMBERS)


def choose_boldly(candidates: Sequence[str]) -> Any:
    return {"speaker": candidates[0]}


def choose_amiss() -> str:
    return "carl"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (choose_boldly, r"choose_boldly returned \{'speaker': 'alice'\}; it returns a member"),
        (choose_amiss, r"choose_amiss returned 'carl'.*did you mean 'carol'\?.*alice, bob, carol"),
    ],
)
def test_what_a_function_may_not_return_is_an_error_that_names_it(
    function: Any, expected: str
) -> None:
    """Something that is no agent, and an agent who may not speak."""
    with pytest.raises(SpeakerError, match=expected):
        Function(function).choose(MEMBERS, FLOOR)


def test_a_member_who_may_not_speak_now_cannot_be_chosen() -> None:
    """A function chooses among the candidates, not among all members."""
    with pytest.raises(SpeakerError, match=r"'bob', who may not speak now.*candidates are: carol"):
        Function(lambda: "bob").choose(("carol",), FLOOR)


def test_a_function_is_not_taken_for_the_strategy_whose_name_it_has() -> None:
    """Whoever looks at the name of a strategy sees that it is a function."""

    def manual() -> str:
        return "bob"

    strategy = strategy_for(manual, MEMBERS)
    assert strategy.name == "function manual"
    assert strategy.choose(MEMBERS, FLOOR) == "bob"


async def slowly(candidates: Sequence[str]) -> str:
    return candidates[0]


class Slowly:
    async def __call__(self) -> str:
        return "alice"


def test_an_async_function_says_so() -> None:
    """The group awaits what it gives, and then reads it."""
    strategy = Function(slowly)
    assert (strategy.is_async, Function(Slowly()).is_async) == (True, True)
    assert not Function(choose_amiss).is_async
    waiting = strategy.ask(MEMBERS, FLOOR)
    with pytest.raises(StopIteration) as stopped:
        waiting.send(None)
    assert strategy.read(stopped.value.value, MEMBERS) == "alice"


def test_a_function_crosses_to_another_process() -> None:
    """With whatever its function is."""
    assert pickle.loads(pickle.dumps(Function(takes_all))).choose(MEMBERS, FLOOR) == "carol"


# --- a human -----------------------------------------------------------------------------------


def test_a_human_is_shown_numbers_and_names() -> None:
    """And what enter and ``exit`` do."""
    assert manual_question(("alice", "carol"), "carol") == (
        "Who speaks next?\n  1. alice\n  2. carol\n"
        "Type a number or a name. Press enter for carol, or type 'exit' to end the chat: "
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("2", "bob"),
        (" 2. ", "bob"),
        ("(3)", "carol"),
        ("#1", "alice"),
        ("٢", "bob"),
        ("carol", "carol"),
        ("CAROL!", "carol"),
        ("let bob speak", "bob"),
        ("", "bob"),
        ("  ", "bob"),
        ("exit", None),
        (" Exit ", None),
        (None, None),
    ],
)
def test_a_human_types_a_number_or_a_name(typed: str | None, name: str | None) -> None:
    """Enter takes the next in turn; ``exit``, or a closed console, ends the chat."""
    assert read_answer(typed, MEMBERS, "bob") == Choice(name, "manual")


@pytest.mark.parametrize("typed", ["0", "4", "99", "dave", "alice or bob", "²", "1 or 2", "?"])
def test_what_a_human_types_amiss_is_asked_again(typed: str) -> None:
    """It is no choice, and ends nothing."""
    assert read_answer(typed, MEMBERS, "bob") is None


def test_a_number_is_a_place_in_the_list_even_where_it_is_a_name() -> None:
    """The question lists numbers, so numbers mean the list."""
    assert read_answer("1", ("2", "1"), "1") == Choice("2", "manual")


# --- a model -----------------------------------------------------------------------------------


def test_the_selector_sees_names_descriptions_and_who_said_what() -> None:
    """All of it in two messages that any model takes."""
    members = [Described("alice", "Plans.\n  And asks."), Described("bob")]
    said = [
        {"name": "user", "content": "Write a poem\nbob: no"},
        {"name": "alice", "content": [{"type": "text", "text": "Bob?"}, {"image_url": "x"}]},
        {"name": "bob", "content": None, "tool_calls": [{"function": {"name": "rhyme"}}]},
        {"content": ""},
    ]
    system, user = selection_messages(members, said, ("alice", "bob"))
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"].endswith("take part:\n- alice: Plans. And asks.\n- bob")
    assert user["content"] == (
        "What was said so far:\n\n"
        "user: Write a poem\n    bob: no\n"
        "alice: Bob?\n    (something that is no text)\n"
        "bob: (calls rhyme)\n"
        "someone: (nothing)\n\n"
        "Who speaks next? Answer with one name only, and nothing else, of: alice, bob"
    )


def test_a_selector_is_asked_before_anything_was_said_too() -> None:
    """A chat that begins with nothing has a first speaker."""
    _, user = selection_messages([Described("alice")], [], ("alice",))
    assert "(nothing yet)" in user["content"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bob", "bob"),
        ("Bob.", "bob"),
        ('"bob"', "bob"),
        ("I choose **Bob**.", "bob"),
        ("Bob's turn. So: bob!", "bob"),
        ("bob_2", "bob_2"),
        ("BOB-2", "bob_2"),
        ("bob\\_2", "bob_2"),
        ("bob2", "bob_2"),
        ("1. bob", "bob"),
        ("bob\n2 is the number of us", "bob"),
        ("The code writer, I think", "CodeWriter"),
        ("code_writer", "CodeWriter"),
        ("ZOE\u0308", "Zoë"),
        ("Ich wähle ZOË", "Zoë"),
        ("下一个是小明。", "小明"),
        ("राम बोले", "राम"),
        ("🙂!", "🙂"),
        ('{"speaker": "bob"}', "bob"),
        ('```json\n{"speaker":"\\u5c0f\\u660e"}\n```', "小明"),
        ('{"speaker": "bob\\_2"}', "bob_2"),
        ("<think>alice? or bob_2?</think>\n\nbob", "bob"),
        ("alice or bob", None),
        ("bob, not bob_2", None),
        ("bobby", None),
        ("रामा", None),
        ("co de writer", None),
        ("", None),
        ("whoever", None),
        ("\ud800", None),
    ],
)
def test_what_a_model_says_is_read_as_people_would(text: str, expected: str | None) -> None:
    """One mention, whatever it looks like; several, or none, are no choice."""
    names = ("alice", "bob", "bob_2", "CodeWriter", "Zoë", "小明", "राम", "🙂")
    assert read_choice(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Bob!", "Bob"), ("so: bob", "bob"), ("BOB", None), ("Bob or bob", None), ("bob 2", None)],
)
def test_names_that_differ_in_case_alone_are_told_apart_by_case(
    text: str, expected: str | None
) -> None:
    """Where two are written alike, only the exact one is meant."""
    assert read_choice(text, ("Bob", "bob", "bob_2", "bob2")) == expected


def test_a_name_with_punctuation_of_its_own_is_found() -> None:
    """What stands within a name parts no words; a name without letters is found alone."""
    names = ("R&D, Paris", "dr. who", "+")
    said = ["Ask R&D, Paris!", "Dr. Who?", "+", " + "]
    assert [read_choice(each, names) for each in said] == ["R&D, Paris", "dr. who", "+", "+"]


def test_a_model_is_told_what_was_wrong() -> None:
    """With what it said, cut to a length, and who there is."""
    told = again_message("bob or carol" + "!" * 500, ("bob", "carol"))
    assert told["role"] == "user"
    assert told["content"].startswith("'bob or carol!!!")
    assert told["content"].endswith("nothing else, of: bob, carol")
    assert len(told["content"]) < 400
    assert again_message(" ", ("bob",))["content"].startswith("You did not say which")


def test_the_form_of_an_answer_lists_the_candidates_and_is_read() -> None:
    """A model that keeps to the schema can name nobody else."""
    output = selection_output(("bob", "carol"))
    assert output.schema["properties"]["speaker"]["enum"] == ["bob", "carol"]
    assert output.schema["required"] == ["speaker"]
    assert read_choice('{"speaker": "carol"}', ("bob", "carol", "speaker")) == "carol"


# --- tools -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "speaker", "expected"),
    [
        (["add"], None, "bob"),
        (["add"], "carol", "carol"),
        (["add"], "alice", "bob"),
        (["add", "find"], "bob", "carol"),
        (["add", "add"], None, "bob"),
        (["fly"], "bob", None),
        (["add", "fly"], None, None),
        ([], "bob", None),
    ],
)
def test_calls_go_to_a_member_that_has_all_the_tools(
    calls: list[str], speaker: str | None, expected: str | None
) -> None:
    """The speaker itself if it has them, else the first in members' order; nobody may have."""
    tools = {
        "alice": frozenset[str](),
        "bob": frozenset({"add"}),
        "carol": frozenset({"add", "find"}),
    }
    assert member_with_tool(calls, tools, speaker) == expected
