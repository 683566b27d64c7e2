"""A function of the user's that selects the next speaker."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from agentcore import AgentRef
from agentcore.errors import SpeakerError
from agentcore.groups.choice import SelectionContext
from agentcore.groups.speaker_function import SpeakerFunction
from agentcore.groups.strategies import strategy_for

MEMBERS = ("alice", "bob", "carol")
FLOOR = SelectionContext(
    "alice", ({"name": "user", "content": "hello"}, {"name": "alice", "content": "hi"})
)


def ref(name: str) -> AgentRef:
    return AgentRef(name, "system")


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
    assert SpeakerFunction(function).choose(MEMBERS, FLOOR) == expected


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
        SpeakerFunction(function).choose(MEMBERS, FLOOR)


def test_a_member_who_may_not_speak_now_cannot_be_chosen() -> None:
    """A function chooses among the candidates, not among all members."""
    with pytest.raises(SpeakerError, match=r"'bob', who may not speak now.*candidates are: carol"):
        SpeakerFunction(lambda: "bob").choose(("carol",), FLOOR)


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
    strategy = SpeakerFunction(slowly)
    assert (strategy.is_async, SpeakerFunction(Slowly()).is_async) == (True, True)
    assert not SpeakerFunction(choose_amiss).is_async
    waiting = strategy.ask(MEMBERS, FLOOR)
    with pytest.raises(StopIteration) as stopped:
        waiting.send(None)
    assert strategy.read(stopped.value.value, MEMBERS) == "alice"


def test_a_function_crosses_to_another_process() -> None:
    """With whatever its function is."""
    assert pickle.loads(pickle.dumps(SpeakerFunction(takes_all))).choose(MEMBERS, FLOOR) == "carol"
