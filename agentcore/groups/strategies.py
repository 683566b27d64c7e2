"""The strategies that select the next speaker: round robin, random, or the user's function.

The selections ``auto`` and ``manual`` ask a model or a human. Their strategy here is the next in
turn, which is taken when the one who is asked names nobody.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final, Protocol

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.groups.choice import SelectionContext
from agentcore.groups.speaker_function import SpeakerFunction

__all__ = [
    "SELECTIONS", "Random", "RoundRobin", "Strategy", "next_in_turn", "selection_named",
    "strategy_for",
]  # fmt: skip

SELECTIONS: Final = ("auto", "round_robin", "random", "manual")


class Strategy(Protocol):
    """Selects the next speaker among those who may speak."""

    @property
    def name(self) -> str:
        """Its name in a `Choice`."""

    def choose(self, candidates: tuple[str, ...], context: SelectionContext) -> str | None:
        """Give one of ``candidates``, or ``None`` to end the chat; ``None`` if there are none."""


def next_in_turn(
    members: tuple[str, ...], last_speaker: str | None, candidates: tuple[str, ...]
) -> str | None:
    """Give the first of ``candidates`` that follows the last speaker in the members' order.

    After the last member comes the first. After a speaker who is no member, the first member is
    next. Gives ``None`` if there are no candidates.
    """
    start = members.index(last_speaker) + 1 if last_speaker in members else 0
    following = members[start % len(members)]
    if following in candidates:  # the usual case, without building a list
        return following
    return next((name for name in members[start:] + members[:start] if name in candidates), None)


@attrs.frozen
class RoundRobin:
    """Selects the members in turn.

    Attributes:
        members: the names of the group's members, in order.
        name: ``round_robin``, or ``auto`` or ``manual``, for which it is the fallback.
    """

    members: tuple[str, ...]
    name: str = "round_robin"

    def choose(self, candidates: tuple[str, ...], context: SelectionContext) -> str | None:
        """Give the next in turn."""
        return next_in_turn(self.members, context.last_speaker, candidates)


@attrs.define
class Random:
    """Selects at random, all candidates with equal chance.

    The same seed and the same candidates give the same order: each choice is one call of
    ``random.Random(seed).choice``. A pickled copy continues where the original was.
    """

    seed: int = 0
    name: str = attrs.field(default="random", init=False)
    _random: random.Random = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def choose(self, candidates: tuple[str, ...], context: SelectionContext) -> str | None:
        """Give one at random."""
        return self._random.choice(candidates) if candidates else None


def selection_named(text: str) -> str | None:
    """Return which of `SELECTIONS` a text names, in any case, as ``Round_Robin``."""
    name = text.strip().casefold()
    return name if name in SELECTIONS else None


def strategy_for(selection: Any, members: Sequence[str], seed: int = 0) -> Strategy:
    """Give the strategy that ``speaker_selection=`` means.

    Args:
        selection: one of `SELECTIONS`, in any case, or a function.
        members: the names of the group's members, in order.
        seed: the seed of ``random``.

    Raises:
        ValueError: the text names no strategy.
        SpeakerError: the function cannot be called with what a group gives it, or it is neither a
            text nor a function.
    """
    if not isinstance(selection, str):
        return SpeakerFunction(selection)
    name = selection_named(selection)
    if name == "random":
        return Random(seed)
    if name is None:
        raise ValueError(
            f"speaker_selection={selection!r} is no strategy{did_you_mean(selection, SELECTIONS)}"
            f"; it is one of {', '.join(SELECTIONS)}, or a function"
        )
    return RoundRobin(tuple(members), name)
