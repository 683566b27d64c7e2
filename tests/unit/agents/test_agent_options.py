"""The arguments of an agent's constructor: their types, and the hint at a misspelt one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from agentcore import AgentSystem, ConversableAgent, GroupChat, SpawnError, UserProxyAgent
from agentcore.agents.agent_options import HABITS, AgentOptions
from agentcore.models import LocalModel, OpenAIModel, Sampling


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


# --- what comes from other frameworks ------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(HABITS))
@pytest.mark.parametrize("cls", [ConversableAgent, UserProxyAgent, GroupChat])
def test_an_argument_of_another_framework_is_refused_with_what_stands_here_for_it(
    cls: type[ConversableAgent], key: str
) -> None:
    """No name of ours is close to ``llm_config``, so that the advice is written down."""
    with pytest.raises(TypeError, match=re.escape(HABITS[key])):
        cls("a", **{key: None})


@pytest.mark.parametrize("llm", [{"config_list": [{"model": "m", "api_key": "sk-1"}]}, [{}], ()])
def test_a_configuration_in_place_of_a_model_is_refused_at_once(llm: Any) -> None:
    """Not at the first message; and the keys that it may hold are not shown."""
    with pytest.raises(TypeError, match="llm= takes a model") as refused:
        ConversableAgent("a", llm=llm)
    assert "sk-1" not in str(refused.value)


def test_false_means_no_model() -> None:
    """As ``llm_config=False`` does in AutoGen."""
    no_model: Any = False
    assert ConversableAgent("a", llm=no_model).llm is None


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: ConversableAgent("a", sampling={"temprature": 0}), "did you mean 'temperature'"),
        (lambda: Sampling(max_token=1), "did you mean 'max_tokens'"),
        (lambda: OpenAIModel("m", sampling={"temprature": 0}), "did you mean 'temperature'"),  # type: ignore[arg-type]
        (lambda: OpenAIModel("m", base_ur="http://a"), "did you mean 'base_url'"),
        (lambda: OpenAIModel("m", temperature=0), "it is set by sampling="),
        (lambda: LocalModel("qwen2.5-0.5b", seed=0), "it is set by sampling="),
    ],
)
def test_a_misspelt_setting_of_a_model_is_refused_with_the_one_that_is_meant(
    make: Callable[[], object], hint: str
) -> None:
    """Wherever it is given: to the agent, to the model, or as values of their own."""
    with pytest.raises(TypeError, match=hint):
        make()
