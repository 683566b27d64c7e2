"""Who speaks next in a group: values in, values out.

A group first asks the graph who may follow (`Transitions.after`), and then a strategy who of them
does. What has to be asked for, of a human or of a model, is worded and read here and in
`agentcore._selector`; the asking is the group's.
"""

from __future__ import annotations

import difflib
import inspect
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter
from typing import Any, Final, Protocol

import attrs

from agentcore._ref import get_agent_name
from agentcore._selector import (
    Described,
    again_message,
    read_choice,
    selection_messages,
    selection_output,
)
from agentcore.errors import SpeakerError

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
PARAMETERS: Final = ("last_speaker", "messages", "candidates")


@attrs.frozen
class Floor:
    """How things stand when the next speaker is chosen.

    Attributes:
        last_speaker: who said the last message, member or not; ``None`` before the first.
        messages: what was said so far, in order: mappings with ``name`` and ``content``.
    """

    last_speaker: str | None = None
    messages: Sequence[Mapping[str, Any]] = ()


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


# --- the graph ---------------------------------------------------------------------------------


@attrs.frozen
class Transitions:
    """Who may speak after whom.

    Attributes:
        members: names of the group's members, in order.
        edges: of each member those who may follow; ``None``: anyone may follow anyone.
    """

    members: tuple[str, ...]
    edges: Mapping[str, frozenset[str]] | None = attrs.field(default=None, hash=False)

    @classmethod
    def of(
        cls, members: Iterable[Any], allowed: Mapping[Any, Iterable[Any]] | None = None
    ) -> Transitions:
        """Read ``allowed_transitions=``.

        Args:
            members: the group's members, in order: agents, refs or names.
            allowed: of a speaker those who may speak next. ``None`` lets everyone follow
                everyone, themselves included. A speaker that has no entry is followed by nobody.

        Raises:
            ValueError: a name is no member's, or is there twice; the message lists the members.
            TypeError: something that is no agent, or no list of agents.
        """
        names = tuple(map(get_agent_name, members))
        if not names or len(set(names)) < len(names):
            listed = ", ".join(names) or "none"
            raise ValueError(f"a group has one member or more, each once; it was given {listed}")
        if allowed is None:
            return cls(names)
        edges: dict[str, frozenset[str]] = {}
        for speaker, followers in allowed.items():
            name = _member(speaker, names)
            if name in edges:
                raise ValueError(f"allowed_transitions has two entries for {name!r}")
            if isinstance(followers, str) or not isinstance(followers, Iterable):
                raise TypeError(
                    f"allowed_transitions[{name!r}] lists those who may follow, as in ['bob']; "
                    f"it is {followers!r}"
                )
            edges[name] = frozenset(_member(each, names) for each in followers)
        return cls(names, edges)

    def after(self, speaker: str | None) -> tuple[str, ...]:
        """Give those who may speak after ``speaker``, in members' order.

        Whoever is no member, and ``None``, may be followed by anyone.
        """
        if self.edges is None or speaker not in self.members:
            return self.members
        followers = self.edges.get(speaker or "", frozenset())
        return tuple(name for name in self.members if name in followers)


def _member(agent: Any, members: tuple[str, ...]) -> str:
    name = get_agent_name(agent)
    if name not in members:
        raise ValueError(
            f"allowed_transitions names {name!r}, who is no member of the group"
            f"{_did_you_mean(name, members)}; its members are: {', '.join(members)}"
        )
    return name


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


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


@attrs.frozen
class Function:
    """A function of the user's, called with what it names.

    It takes what it names of ``last_speaker`` (a name, or ``None`` before the first message),
    ``messages`` and ``candidates`` (names, in members' order), and returns one of the candidates,
    as a name, an agent or a ref, or ``None`` to end the chat. It may be an ``async def``: then
    await what `ask` gives, and `read` that.

    Raises:
        SpeakerError: it is no function, or needs a parameter that does not exist.
    """

    function: Callable[..., Any]
    _names: tuple[str, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_names", _parameters(self.name, self.function))

    @property
    def name(self) -> str:
        """The function's name."""
        return _name_of(self.function)

    @property
    def is_async(self) -> bool:
        """Whether what `ask` gives is to be awaited."""
        call = getattr(self.function, "__call__", None)  # noqa: B004 - of an object, its method
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def ask(self, candidates: tuple[str, ...], floor: Floor) -> Any:
        """Call it; give what it returns."""
        known = {
            "last_speaker": floor.last_speaker,
            "messages": floor.messages,
            "candidates": candidates,
        }
        positional = [known[name[1:]] for name in self._names if name[0] == "/"]
        named = {name: known[name] for name in self._names if name[0] != "/"}
        return self.function(*positional, **named)

    def read(self, answer: Any, candidates: tuple[str, ...]) -> str | None:
        """Give the name that an answer means.

        Raises:
            SpeakerError: it is no agent, or none that may speak now.
        """
        if answer is None:
            return None
        what = f"speaker_selection={self.name}"
        try:
            name = get_agent_name(answer)
        except TypeError:
            raise SpeakerError(
                f"{what} returned {answer!r:.200}; it returns a member (a name, an agent or a "
                "ref), or None to end the chat"
            ) from None
        if name not in candidates:
            raise SpeakerError(
                f"{what} returned {name!r}, who may not speak now"
                f"{_did_you_mean(name, candidates)}; the candidates are: {', '.join(candidates)}"
            )
        return name

    def choose(self, candidates: tuple[str, ...], floor: Floor) -> str | None:
        """Call it, unless nobody may speak, and read what it returns."""
        return self.read(self.ask(candidates, floor), candidates) if candidates else None


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _parameters(name: str, function: Any) -> tuple[str, ...]:
    """Give the names that ``function`` is called with; ``/`` stands before those without one."""
    expected = f"speaker_selection={name} takes what it names of {', '.join(PARAMETERS)}"
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise SpeakerError(f"{expected}; of this it cannot be told ({error})") from error
    names = []
    for parameter in parameters:
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            continue
        if parameter.name in PARAMETERS:
            alone = parameter.kind is Parameter.POSITIONAL_ONLY
            names.append(f"/{parameter.name}" if alone else parameter.name)
        elif parameter.default is Parameter.empty:
            raise SpeakerError(f"{expected}; there is no {parameter.name!r}")
    return tuple(names)


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
            f"speaker_selection={selection!r} is no strategy{_did_you_mean(selection, SELECTIONS)}"
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
