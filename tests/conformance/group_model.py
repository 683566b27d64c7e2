"""What a group chat of scripted members comes to, worked out by a plain loop.

It shares no code with the library. What it takes for granted of a group:

- A round is one message of a member that was chosen. The first message, which somebody else or a
  member begins with, is none; so a chat has one message more than rounds, at most
  ``max_round + 1``.
- A member answers the last message that was said, whoever said it, be it itself.
- After each message the first of these that holds ends the chat: the message ends with
  ``TERMINATE``; the rounds are used up; the graph lets nobody follow, or a function chooses nobody.
- A member that says nothing ends the chat.
- A member that fails ends the chat, or, where the group is to go on, is a member no more: whoever
  is next is chosen as if it had never been there, and of what was said nothing changes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
from hypothesis import strategies as st

FAIL: Final = "FAIL"
LAST: Final = "bye TERMINATE"
WORDS: Final = ("ping", "pong", "tick", "tock")
NAMES: Final = ("alice", "bob", "carol", "dave", "erin")

Line = tuple[str, str]  # speaker, word
Chooser = Callable[[str | None, Sequence[Mapping[str, Any]], Sequence[str]], str | None]


@attrs.frozen
class Member:
    """A member, and what it says.

    Attributes:
        name: the agent's name.
        says: of each word that it may hear last what it answers; ``None``, or no entry: nothing;
            ``FAIL``: it raises.
    """

    name: str
    says: Mapping[str, str | None] = attrs.field(factory=dict, hash=False)


@attrs.frozen
class Scene:
    """A group, and how its chat begins.

    Attributes:
        members: in order.
        selection: ``round_robin``, ``random``, or a function of ``last_speaker``, ``messages``
            and ``candidates``, called with their names.
        graph: of a member those who may follow; ``None``: anyone may follow anyone.
        max_round: messages of members, beside the first.
        seed: of ``random``: one draw for each choice of a speaker, from a fresh generator.
        began: who says the first word: a member, or somebody else.
        word: the first word.
        on_failure: ``stop`` or ``continue``.
    """

    members: tuple[Member, ...]
    selection: str | Chooser = "round_robin"
    graph: Mapping[str, Sequence[str]] | None = attrs.field(default=None, hash=False)
    max_round: int = 10
    seed: int = 0
    began: str = "user"
    word: str = WORDS[0]
    on_failure: str = "stop"


@attrs.frozen
class Ended:
    """How a group's chat ended.

    Attributes:
        said: everything that was said, in order, the first word included.
        stop: why it ended: ``TERMINATION_MESSAGE``, ``MAX_ROUND``, ``NO_SPEAKER``, ``NO_REPLY``
            or ``FAILED``.
        speaker: who said the last message; of ``NO_REPLY`` and ``FAILED`` who was to speak.
        failed: the members that failed, in order.
    """

    said: tuple[Line, ...]
    stop: str
    speaker: str
    failed: tuple[str, ...] = ()

    @property
    def rounds(self) -> int:
        """How many messages members were chosen for, and said."""
        return len(self.said) - 1


def play(scene: Scene) -> Ended:
    """Let a group talk until it ends."""
    chance = random.Random(scene.seed)
    members = {member.name: member for member in scene.members}
    said: list[Line] = [(scene.began, scene.word)]
    failed: list[str] = []
    while True:
        last, word = said[-1]
        stop = _stops(scene, said)
        name = None if stop else _choose(scene, list(members), said, chance)
        if name is None:
            return Ended(tuple(said), stop or "NO_SPEAKER", last, tuple(failed))
        answer = members[name].says.get(word)
        if answer is None:
            return Ended(tuple(said), "NO_REPLY", name, tuple(failed))
        if answer != FAIL:
            said.append((name, answer))
            continue
        failed.append(name)
        if scene.on_failure == "stop":
            return Ended(tuple(said), "FAILED", name, tuple(failed))
        del members[name]


def _stops(scene: Scene, said: Sequence[Line]) -> str:
    """Say why nobody is to speak any more, if so."""
    if said[-1][1].endswith("TERMINATE"):
        return "TERMINATION_MESSAGE"
    return "MAX_ROUND" if len(said) > scene.max_round else ""


def _choose(
    scene: Scene, present: Sequence[str], said: Sequence[Line], chance: random.Random
) -> str | None:
    """Give who speaks next; ``None`` if nobody may, or the function wants nobody."""
    last = said[-1][0]
    everyone = [member.name for member in scene.members]
    may = list(present)
    if scene.graph is not None and last in everyone:
        may = [name for name in present if name in scene.graph.get(last, ())]
    if not may:
        return None
    if callable(scene.selection):
        messages = [{"name": name, "content": word} for name, word in said]
        return scene.selection(last, messages, tuple(may))
    if scene.selection == "random":
        return chance.choice(may)
    name = everyone[-1] if last not in everyone else last
    while True:
        name = everyone[(everyone.index(name) + 1) % len(everyone)]
        if name in may:
            return name


def heard(ended: Ended, member: str) -> list[Line]:
    """Give what a member hears of a chat: all that others said, once, in the one order there is."""
    return [(speaker, word) for speaker, word in ended.said if speaker != member]


# --- scenes to play ----------------------------------------------------------------------------


def least_heard(
    last_speaker: str | None, messages: Sequence[Mapping[str, Any]], candidates: Sequence[str]
) -> str:
    """Choose who spoke least so far."""
    spoken = [message["name"] for message in messages]
    return min(candidates, key=spoken.count)


def until_tock(
    last_speaker: str | None, messages: Sequence[Mapping[str, Any]], candidates: Sequence[str]
) -> str | None:
    """Choose the last who may, and nobody after ``tock``."""
    return None if messages[-1]["content"] == "tock" else candidates[-1]


@st.composite
def scenes(draw: st.DrawFn, failures: bool = True) -> Scene:
    """Give scenes of one to five members, most of whose chats last a while.

    Args:
        failures: whether members may fail.
    """
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    odd = (None, LAST, FAIL) if failures else (None, LAST)
    answers = st.sampled_from((*WORDS * 4, *odd))  # words four times, so that chats last
    scripts = st.fixed_dictionaries(dict.fromkeys(WORDS, answers))
    members = st.sampled_from(names)
    graphs = st.dictionaries(members, st.lists(members, min_size=1, unique=True))
    whole = st.fixed_dictionaries({name: st.lists(members, unique=True) for name in names})
    return Scene(
        tuple(Member(name, draw(scripts)) for name in names),
        draw(st.sampled_from(("round_robin", "random", least_heard, until_tock))),
        draw(st.none() | whole | graphs),
        draw(st.integers(1, 12)),
        draw(st.integers(0, 99)),
        draw(st.sampled_from(("user", *names))),
        draw(st.sampled_from(WORDS)),
        draw(st.sampled_from(("stop", "continue"))),
    )
