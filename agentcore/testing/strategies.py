"""Hypothesis strategies for messages, agents, schedules and faults.

It needs ``hypothesis``, which ``pip install "agentcore-actors[testing]"`` brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agentcore.base.extras import import_extra
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.message import Message
from agentcore.testing.inline.faults import Fault
from agentcore.testing.scripted_agents import WORDS, Act, Part, ScriptedRule

if TYPE_CHECKING:
    from hypothesis import strategies as st
else:
    st = import_extra("hypothesis.strategies", "testing", "agentcore.testing.strategies")

__all__ = ["casts", "consultations", "faults", "messages", "rule_chains", "schedules"]

Choose = Callable[[int], int]
Faults = Callable[[Envelope], Fault | None]

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def schedules() -> st.SearchStrategy[Choose]:
    """Give schedules for ``InlineBackend(choose=...)``, which Hypothesis can shrink."""
    return st.randoms(use_true_random=False).map(lambda random: random.randrange)


def faults(*kinds: Fault, most: int = 3) -> st.SearchStrategy[Faults]:
    """Give plans of faults for ``InlineBackend(faults=...)``.

    Args:
        kinds: the kinds of faults; all kinds, if none is given.
        most: the greatest number of messages that meet a fault.
    """
    befalls = st.tuples(st.integers(0, 20), st.sampled_from(kinds or tuple(Fault)))
    return st.lists(befalls, max_size=most).map(_Faults)


class _Faults:
    """A plan of faults: which messages, by their number from 0, meet which fault."""

    def __init__(self, planned: list[tuple[int, Fault]]) -> None:
        self._planned = dict(planned)
        self._count = -1

    def __call__(self, envelope: Envelope) -> Fault | None:
        self._count += 1
        return self._planned.get(self._count)

    def __repr__(self) -> str:
        return f"faults({self._planned})"


def messages() -> st.SearchStrategy[Any]:
    """Give what can be sent: texts, dicts and `Message` objects."""
    text = st.text(min_size=1, max_size=20)
    fields: dict[Any, st.SearchStrategy[Any]] = {
        "metadata": st.dictionaries(st.text(max_size=5), _json, max_size=3),
        "context": _json,
        "name": st.text(max_size=5),
    }
    dicts: st.SearchStrategy[dict[str, Any]]
    dicts = st.fixed_dictionaries({"content": text}, optional=fields)
    return text | dicts | dicts.map(lambda fields: Message(**fields))


def _acts(peers: tuple[str, ...], fails: bool) -> st.SearchStrategy[Act]:
    word = st.sampled_from(WORDS)
    asked: st.SearchStrategy[tuple[tuple[str, str], ...]] = st.just(())
    if peers:
        asks = st.tuples(st.sampled_from(peers), word)
        asked = asked | st.tuples(asks) | st.tuples(asks, asks)
    return st.builds(
        Act,
        say=st.sampled_from([*WORDS, *WORDS, "=", "=", None]),
        ask=asked,
        final=st.sampled_from([True] * 4 + [False]),
        terminate=st.sampled_from([False] * 9 + [True]),
        fail=st.sampled_from([False] * 9 + [True]) if fails else st.just(False),
    )


def rule_chains(
    peers: tuple[str, ...] = (), senders: tuple[str, ...] = (), fails: bool = False
) -> st.SearchStrategy[tuple[ScriptedRule, ...]]:
    """Give the rules of an agent, one to three, in order.

    Args:
        peers: the names of the agents that the rules may ask.
        senders: the names that the rules may have as triggers.
        fails: whether rules may raise.
    """
    named = st.lists(st.sampled_from(senders), max_size=2).map(tuple) if senders else st.just(())
    rule = st.builds(
        ScriptedRule,
        acts=st.lists(_acts(peers, fails), min_size=1, max_size=3).map(tuple),
        senders=named,
        later=st.booleans(),
    )
    return st.lists(rule, min_size=1, max_size=3).map(tuple)


@st.composite
def casts(
    draw: st.DrawFn, size: int = 4, humans: bool = False, fails: bool = False
) -> tuple[Part, ...]:
    """Give the parts of several `ScriptedAgent` agents; each asks only those after it.

    Args:
        size: the greatest number of parts, two or more.
        humans: whether some agents ask a human.
        fails: whether rules may raise.
    """
    names = tuple(f"a{i}" for i in range(draw(st.integers(2, size))))
    modes = ["NEVER"] * 4 + ["TERMINATE", "ALWAYS"] if humans else ["NEVER"]
    word = st.sampled_from(WORDS)
    rest = st.none() | word
    answers = st.lists(word | st.sampled_from(["", "", "exit", None]), max_size=4).map(tuple)
    return tuple(
        Part(
            name,
            draw(rule_chains(names[i + 1 :], names, fails)),
            limit=draw(st.sampled_from([5, 3, 2, 1, 0, -1])),
            mode=draw(st.sampled_from(modes)),
            answers=draw(answers) if humans else (),
            default=draw(rest),
            last_words=draw(st.sampled_from([(), (), ()]) | st.tuples(word)),
        )
        for i, name in enumerate(names)
    )


@st.composite
def consultations(draw: st.DrawFn, size: int = 4) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Give the peers and ``later`` of several `Consults` agents, by name; circles are likely."""
    names = [f"a{i}" for i in range(draw(st.integers(2, size)))]
    peers = st.lists(st.sampled_from(names), max_size=2).map(tuple)
    return {name: (draw(peers), draw(st.booleans())) for name in names}
