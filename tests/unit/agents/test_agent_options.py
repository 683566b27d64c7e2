"""The arguments of an agent's constructor: their types, and the hint at a misspelt one."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, GroupChat, SpawnError
from agentcore.agents.agent_options import AgentOptions


class Bob(ConversableAgent):
    """Has the constructor of its base."""


class Open(ConversableAgent):
    """Passes on what it does not know."""

    def __init__(self, name: str, desk: int = 0, **options: Any) -> None:
        super().__init__(name, **options)


class Clerk(ConversableAgent):
    """Takes no other arguments."""

    def __init__(self, name: str, desk_number: int = 0) -> None:
        super().__init__(name)


def test_the_options_are_the_arguments_of_the_constructor() -> None:
    """In the same order, and of the same types."""
    parameters = inspect.signature(ConversableAgent).parameters
    expected = {name: each.annotation for name, each in parameters.items() if name != "name"}
    given = {name: each.__forward_arg__ for name, each in AgentOptions.__annotations__.items()}
    assert list(given.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("cls", "keyword", "meant"),
    [
        (Bob, "system_mesage", "system_message"),
        (Bob, "tool", "tools"),
        (Open, "descripton", "description"),
        (Open, "desc", "desk"),
        (GroupChat, "max_rounds", "max_round"),
    ],
)
def test_a_misspelt_keyword_is_refused_with_the_one_that_is_meant(
    agent_system: AgentSystem, cls: type[Any], keyword: str, meant: str
) -> None:
    """By the constructor, and so by spawn."""
    words = f"{keyword!r}; did you mean .*{meant!r}"
    with pytest.raises(TypeError, match=words):
        cls("bob", **{keyword: "x"})
    with pytest.raises(SpawnError, match=words):
        agent_system.spawn(cls, "bob", **{keyword: "x"})
    assert agent_system.agents() == ()


def test_a_spawn_has_the_hint_for_any_constructor(agent_system: AgentSystem) -> None:
    """Also for one that refuses the keyword by itself."""
    with pytest.raises(SpawnError, match=r"'desk_numbre'.* [Dd]id you mean 'desk_number'\?"):
        agent_system.spawn(Clerk, "clerk", desk_numbre=3)
    with pytest.raises(SpawnError, match=r"'max_turn'; did you mean"):
        agent_system.spawn(Bob, "bob", max_turn=3)
