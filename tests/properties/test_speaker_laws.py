"""The laws of who speaks next: whatever is said, the graph is kept, and garbled names are found.

The texts are made from names by what models and people do to them: another case, other joints
between words, quotes, markdown, a sentence around it.
"""

from __future__ import annotations

import pickle
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from agentcore.groups.choice import SelectionContext
from agentcore.groups.manual_selection import read_answer
from agentcore.groups.name_matching import read_choice
from agentcore.groups.strategies import RoundRobin, next_in_turn, strategy_for
from agentcore.groups.transitions import Transitions
from tests.conformance.group_model import FAIL, Line, Scene, play, scenes

# Words of names in many scripts, some within others; no sentence below has any of them.
WORDS = (
    "alice", "bob", "Bob", "bobby", "code", "writer", "Zoë", "Ann-Marie", "2", "10", "Ωmega",
    "дмитрий", "straße", "小明", "小", "さくら", "민수", "राम", "रामा", "دانا", "\uff57ide", "🙂",
)  # fmt: skip
JOINTS = ("_", "-", " ", "")
SENTENCES = (
    "{}", "I choose {}.", "Next speaker: {}", "{}!", "It is {}'s turn now", "{}, please.",
    "{}\n", "The next to speak should be {}, as the question was for them.", "我选择{}。",
    "{}가 말합니다", "-> {}", "(1) {}", "Sure!\n\n{}\n\nLet me know.", "<think>hm</think>{}",
)  # fmt: skip
WRAPPINGS = (
    "{}", '"{}"', "'{}'", "`{}`", "**{}**", "_{}_", "*{}*", "[{}]", "“{}”", "<{}>", "@{}", "# {}",
)  # fmt: skip
# How models write an answer that is nothing but a name, and one in which "{other}" is no speaker.
ANSWERS = (
    "Role: {}", "Next speaker: {}", "**Next speaker:** {}", "The next speaker is: {}",
    "Speaker\uff1a{}",
    "1. {}", "2) {}", "- {}", "> {}", "`{}`", "[{}].", "{} (to chat_manager):", "🎤 {} 🎤", "{}:",
    "\x1b[1;32m{}\x1b[0m", "\\033[34m{}\\033[0m", "←[33m{}←[0m", "[33m{}[0m", "\ufeff{}\n",
    "\xa0{}\xa0", "\u200b{}\u200b", "{}<br>", "&nbsp;{}", "&quot;{}&quot;", "<b>{}</b>",
    "<answer>{}</answer>", "<speaker>\n{}\n</speaker>", "\\boxed{{{}}}", "$\\text{{{}}}$",
    '{{"speaker": "{}"}}', '{{"name": "{}"}}', '{{"role": "{}"}}', '{{"next": {{"agent": "{}"}}}}',
    "{{'next_speaker': '{}'}}", '```json\n{{"speaker": ["{}"]}}\n```', '["{}"]',
    '"{{\\"speaker\\": \\"{}\\"}}"', "Choice(speaker='{}')", '{{"speaker": "{}',
    "<think>{other}?</think>{}", "{other}? Or...</think>\n\n{}", "<THINKING>{other}</THINKING>{}",
    '{{"speaker": "{}", "reason": "{other} is done"}}', "Next speaker: {}\nNot {other}, for now.",
    "Last speaker: {other}\nNext speaker: {}", "{}\n\nThis is because {other} has said it all.",
    "As {other} has said all there is:\n\n**{}**",
)  # fmt: skip
CASES: tuple[Callable[[str], str], ...] = (
    str, str.upper, str.lower, str.title, str.capitalize, str.swapcase, str.casefold,
)  # fmt: skip
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@attrs.frozen
class Name:
    """A name, and the words that it is made of."""

    words: tuple[str, ...]
    joint: str

    def __str__(self) -> str:
        return self.joint.join(self.words)

    @property
    def plain(self) -> str:
        """What is left of it when case, width and joints are no matter."""
        kept = "".join(self.words).replace("-", "")
        return unicodedata.normalize("NFKC", kept.upper().casefold()).casefold()


def _cuts(name: Name) -> bool:
    """Whether the words can still be told apart: by a joint, or because they need none."""
    return name.joint != "" or len(name.words) == 1


names = st.builds(
    Name,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple),
    st.sampled_from("_- "),
).filter(_cuts)
casts = st.lists(names, min_size=1, max_size=6, unique_by=lambda name: name.plain)


@st.composite
def garbled(draw: st.DrawFn, name: Name) -> str:
    """Write a name as a model might."""
    joint = draw(st.sampled_from((*JOINTS, "\\_")))
    written = draw(st.sampled_from(CASES))(joint.join(name.words))
    return draw(st.sampled_from(WRAPPINGS)).format(written)


def _texts(cast: Sequence[Name]) -> tuple[str, ...]:
    return tuple(map(str, cast))


@given(st.data(), casts)
def test_a_name_is_found_however_it_is_garbled(data: st.DataObject, cast: list[Name]) -> None:
    """One mention in any case, any joints, any quotes and any sentence is that candidate."""
    name = data.draw(st.sampled_from(cast))
    sentence = data.draw(st.sampled_from(SENTENCES)).format(data.draw(garbled(name)))
    text = unicodedata.normalize(data.draw(st.sampled_from(FORMS)), sentence)
    assert read_choice(text, _texts(cast)) == str(name), text


@given(st.data(), casts, st.sampled_from(ANSWERS))
def test_a_name_is_found_in_every_form_of_an_answer(
    data: st.DataObject, cast: list[Name], answer: str
) -> None:
    """Whoever the others are, and also where one of them is mentioned for another reason."""
    name, other = data.draw(st.sampled_from(cast)), data.draw(st.sampled_from(cast))
    joint = data.draw(st.sampled_from(("_", "-", " ", "\\_", ".")))
    written = data.draw(st.sampled_from(CASES))(joint.join(name.words))
    wide = data.draw(st.sampled_from((str, _full_width, _with_invisible_characters)))
    text = answer.format(wide(written), other=other)
    assert read_choice(text, _texts(cast)) == str(name), text


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _with_invisible_characters(text: str) -> str:
    return "\u200b".join(text) + "\u2060"


@given(st.data(), casts)
def test_said_twice_is_said_once(data: st.DataObject, cast: list[Name]) -> None:
    """The same candidate, garbled in two ways in one text, is one candidate."""
    name = data.draw(st.sampled_from(cast))
    text = f"{data.draw(garbled(name))}; yes: {data.draw(garbled(name))}"
    assert read_choice(text, _texts(cast)) == str(name)


@given(st.data(), casts)
def test_a_text_that_mentions_two_names_nobody(data: st.DataObject, cast: list[Name]) -> None:
    """Two candidates in one text, in either order and however garbled, are no choice."""
    assume(len(cast) > 1)
    first, second = data.draw(st.permutations(cast))[:2]
    between = data.draw(st.sampled_from((", ", " or ", "\n", "\n2) ", "/", "; not ", " y ", "|")))
    text = data.draw(garbled(first)) + between + data.draw(garbled(second))
    assert read_choice(text, _texts(cast)) is None, text


@given(casts, st.sampled_from(SENTENCES), st.sampled_from(("", "nobody", "whoever", "everyone")))
def test_a_text_that_mentions_nobody_names_nobody(
    cast: list[Name], sentence: str, word: str
) -> None:
    """The words around a name are no name."""
    assert read_choice(sentence.format(word), _texts(cast)) is None


@given(st.data(), casts)
def test_letters_right_beside_a_name_make_it_another_word(
    data: st.DataObject, cast: list[Name]
) -> None:
    """Only whole words are names, in scripts that part words by spaces."""
    name = data.draw(
        st.sampled_from([n for n in cast if str(n).isascii()] or [Name(("bob",), "_")])
    )
    alone = (*_texts([name]), "no-one-else")
    assume(name.words[0][0].isalpha() and name.words[-1][-1].isalpha())
    assert read_choice(f"x{name}", alone) is None
    assert read_choice(f"{name}x", alone) is None


@given(st.text(), st.lists(st.text(min_size=1), unique=True))
def test_no_text_and_no_names_are_too_odd_to_be_read(text: str, names: list[str]) -> None:
    """Whatever a model or a human says is read, to a candidate or to nobody."""
    candidates = tuple(names)
    assert read_choice(text, candidates) in (None, *candidates)
    choice = read_answer(text, candidates, "next")
    assert choice is None or choice.name in (None, "next", *candidates)


@given(st.lists(st.text("ab_- 2B", min_size=1).map(str.strip).filter(bool), unique=True))
def test_a_name_as_it_is_written_is_always_that_name(names: list[str]) -> None:
    """However alike candidates are, the exact name alone means the one that has it."""
    for name in names:
        assert read_choice(name, tuple(names)) == name


# --- the graph ---------------------------------------------------------------------------------

MEMBERS = ("alice", "bob", "carol", "dave", "erin")
graphs = st.none() | st.dictionaries(
    st.sampled_from(MEMBERS), st.lists(st.sampled_from(MEMBERS), unique=True)
)
sayings = st.sampled_from(MEMBERS) | st.text() | st.sampled_from(("alice or bob", "exit", "3", ""))


def _speakers(
    selection: Any, graph: Mapping[str, Sequence[str]] | None, began: str, said: Sequence[str]
) -> list[str]:
    """Run a group of which only the order matters; ``said`` is what model and human say."""
    transitions = Transitions.of(MEMBERS, graph)
    strategy = strategy_for(selection, MEMBERS, seed=7)
    spoken = [began]
    for text in said:
        candidates = transitions.after(spoken[-1])
        name = strategy.choose(candidates, SelectionContext(spoken[-1]))
        if candidates and strategy.name == "auto":
            name = read_choice(text, candidates) or name
        elif candidates and strategy.name == "manual":
            choice = read_answer(text, candidates, str(name))
            name = name if choice is None else choice.name
        if name is None:
            break
        spoken.append(name)
    return spoken


def _last_of(candidates: Sequence[str]) -> str:
    return candidates[-1]


@given(
    st.sampled_from(("auto", "round_robin", "random", "manual", _last_of)),
    graphs,
    st.sampled_from((*MEMBERS, "user")),
    st.lists(sayings, max_size=20),
)
def test_the_graph_is_never_left(
    selection: Any, graph: dict[str, list[str]] | None, began: str, said: list[str]
) -> None:
    """Whatever the strategy and whatever is said, each speaker may follow the one before."""
    spoken = _speakers(selection, graph, began, said)
    for before, after in pairwise(spoken):
        assert after in MEMBERS
        if graph is not None and before in MEMBERS:
            assert after in graph.get(before, [])
    if selection in ("round_robin", "random") and len(spoken) <= len(said):
        assert graph is not None  # it ended early, so nobody may follow
        assert not graph.get(spoken[-1])


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True),
    st.integers(1, 6),
    st.data(),
)
def test_round_robin_visits_everyone_equally(
    members: list[str], rounds: int, data: st.DataObject
) -> None:
    """Where all may follow all, n times round gives everyone n turns, in members' order."""
    circle = tuple(members)
    began = data.draw(st.none() | st.sampled_from(circle))
    strategy, spoken, last = RoundRobin(circle), [], began
    for _ in range(rounds * len(circle)):
        last = strategy.choose(circle, SelectionContext(last))
        spoken.append(last)
    assert Counter(spoken) == dict.fromkeys(circle, rounds)
    start = 0 if began is None else circle.index(began) + 1
    assert spoken == list((circle[start:] + circle[:start]) * rounds)


@given(st.sampled_from((*MEMBERS, "user", None)), st.sets(st.sampled_from(MEMBERS)))
def test_the_next_in_turn_skips_only_who_may_not_speak(last: str | None, may: set[str]) -> None:
    """Nobody between the last speaker and the next in turn, around the circle, was allowed to."""
    following = next_in_turn(MEMBERS, last, tuple(may))
    assert (following is None) == (not may)
    place = MEMBERS.index(last) if last in MEMBERS else -1
    for step in range(1, len(MEMBERS) + 1):
        name = MEMBERS[(place + step) % len(MEMBERS)]
        if name == following:
            return
        assert name not in may


@given(st.integers(), st.lists(st.sets(st.sampled_from(MEMBERS), min_size=1), max_size=10))
def test_chance_repeats_and_goes_on_where_it_was(seed: int, moments: list[set[str]]) -> None:
    """One seed gives one order, also if the strategy crosses to another process halfway."""
    asked = [tuple(sorted(each)) for each in moments]
    whole, halves = strategy_for("random", MEMBERS, seed), strategy_for("random", MEMBERS, seed)
    expected = [whole.choose(each, SelectionContext()) for each in asked]
    given = []
    for each in asked:
        given.append(halves.choose(each, SelectionContext()))
        halves = pickle.loads(pickle.dumps(halves))
    assert given == expected


def _played(scene: Scene) -> list[Line]:
    """Play a scene whose speakers the library chooses."""
    says = {member.name: member.says for member in scene.members}
    transitions = Transitions.of(says, scene.graph)
    strategy = strategy_for(scene.selection, list(says), scene.seed)
    said = [(scene.began, scene.word)]
    while len(said) <= scene.max_round and not said[-1][1].endswith("TERMINATE"):
        last, word = said[-1]
        messages = tuple({"name": name, "content": text} for name, text in said)
        candidates = tuple(name for name in transitions.after(last) if name in says)
        name = strategy.choose(candidates, SelectionContext(last, messages))
        answer = None if name is None else says[name].get(word)
        if name is None or answer is None:
            break
        if answer != FAIL:
            said.append((name, answer))
        elif scene.on_failure == "stop":
            break
        else:
            del says[name]
    return said


@given(scenes())
def test_the_speakers_are_those_of_the_reference_model(scene: Scene) -> None:
    """Graph and strategy choose, message by message, whom the plain loop chooses."""
    assert _played(scene) == list(play(scene).said)
