"""Who speaks next in a group: values in, values out.

A group first asks the graph who may follow (`Transitions.after`), and then a strategy who of them
does. What has to be asked for, of a human or of a model, is worded and read here and in
`agentcore.groups.selection`; the asking is the group's.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.groups.selection import (
    Described,
    again_message,
    read_choice,
    selection_messages,
    selection_output,
)
from agentcore.groups.speaker_function import Function
from agentcore.groups.transitions import Floor, Transitions

__all__ = [
    "SELECTIONS",
    "Choice",
    "Described",
    "Floor",
    "Function",
    "Random",
    "RoundRobin",
    "Strategy",
    "Transitions",
    "again_message",
    "manual_question",
    "member_with_tool",
    "next_in_turn",
    "read_answer",
    "read_choice",
    "selection_messages",
    "selection_output",
    "strategy_for",
]

SELECTIONS: Final = ("auto", "round_robin", "random", "manual")


@attrs.frozen
class Choice:
    """Who speaks next, and how that came about.

    Attributes:
        name: the member; ``None``: nobody, the chat ends.
        strategy: which strategy chose.
        garbled: what the model said, where it could not be read and the next in turn was taken.
    """

    name: str | None
    strategy: str
    garbled: str = ""


# --- strategies --------------------------------------------------------------------------------


class Strategy(Protocol):
    """Chooses who speaks next, of those who may."""

    @property
    def name(self) -> str:
        """What it is called in a `Choice`."""

    def choose(self, candidates: tuple[str, ...], floor: Floor) -> str | None:
        """Give one of ``candidates``; ``None`` ends the chat, as it does where there are none."""


def next_in_turn(
    members: tuple[str, ...], last_speaker: str | None, candidates: tuple[str, ...]
) -> str | None:
    """Give the first of ``candidates`` after the last speaker, around the circle of members.

    After someone who is no member it begins with the first. ``None`` if there is no candidate.
    """
    start = members.index(last_speaker) + 1 if last_speaker in members else 0
    following = members[start % len(members)]
    if following in candidates:  # most often
        return following
    return next((name for name in members[start:] + members[:start] if name in candidates), None)


@attrs.frozen
class RoundRobin:
    """Each in turn. It also stands in for those who are asked and do not say.

    Attributes:
        members: the group's members, in order.
        name: the strategy that it stands in for.
    """

    members: tuple[str, ...]
    name: str = "round_robin"

    def choose(self, candidates: tuple[str, ...], floor: Floor) -> str | None:
        """Give the next in turn."""
        return next_in_turn(self.members, floor.last_speaker, candidates)


@attrs.define
class Random:
    """Anyone, all alike: ``random.Random(seed).choice``, once a choice, so that it repeats.

    It pickles with its state, and then goes on where it was.
    """

    seed: int = 0
    name: str = attrs.field(default="random", init=False)
    _random: random.Random = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def choose(self, candidates: tuple[str, ...], floor: Floor) -> str | None:
        """Draw one."""
        return self._random.choice(candidates) if candidates else None


def strategy_for(selection: Any, members: Sequence[str], seed: int = 0) -> Strategy:
    """Read ``speaker_selection=``.

    For ``auto`` and ``manual`` it gives the next in turn, under their name: it is taken where
    the model, or the human, who is asked first does not say.

    Raises:
        ValueError: a text that names no strategy.
        SpeakerError: a function that cannot be called, or something that is no function.
    """
    if not isinstance(selection, str):
        return Function(selection)
    if selection == "random":
        return Random(seed)
    if selection not in SELECTIONS:
        raise ValueError(
            f"speaker_selection={selection!r} is no strategy{did_you_mean(selection, SELECTIONS)}"
            f"; it is one of {', '.join(SELECTIONS)}, or a function"
        )
    return RoundRobin(tuple(members), selection)


# --- a human who is asked ----------------------------------------------------------------------


def manual_question(candidates: tuple[str, ...], following: str) -> str:
    """Word what a human is asked.

    Args:
        following: who is next in turn: an empty answer takes that one.
    """
    listed = "\n".join(f"  {number}. {name}" for number, name in enumerate(candidates, 1))
    return (
        f"Who speaks next?\n{listed}\nType a number or a name. Press enter for {following}, "
        "or type 'exit' to end the chat: "
    )


def read_answer(answer: str | None, candidates: tuple[str, ...], following: str) -> Choice | None:
    """Read what a human typed at `manual_question`.

    A number means a place in the list, even where a member is called by a number.

    Returns:
        The choice, whose name is ``None`` if the chat is to end; ``None`` if it cannot be read,
        and is to be asked again.
    """
    typed = None if answer is None else answer.strip()
    if typed is None or typed.casefold() == "exit":
        return Choice(None, "manual")
    if not typed:
        return Choice(following, "manual")
    number = typed.strip("#.()")
    if number.isdecimal():
        place = int(number)
        return Choice(candidates[place - 1], "manual") if 0 < place <= len(candidates) else None
    name = read_choice(typed, candidates)
    return None if name is None else Choice(name, "manual")


def member_with_tool(
    call_names: Sequence[str], tools: Mapping[str, frozenset[str]], speaker: str | None = None
) -> str | None:
    """Give the member to whom calls of tools go.

    Args:
        call_names: the tools that one message asks for.
        tools: of each member, in members' order, the tools that it has.
        speaker: who asks; preferred, if it has them itself.

    Returns:
        One that has all of them; ``None`` if nobody has, or nothing is called.
    """
    wanted = frozenset(call_names)
    if not wanted:
        return None
    able = [name for name, has in tools.items() if wanted <= has]
    return speaker if speaker in able else next(iter(able), None)
