"""Agents think with a real model, on threads and on Ray: a question, a form, a tool."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import attrs
import pytest
import ray

from agentcore import (
    AgentSystem,
    ChatResult,
    ConversableAgent,
    UserProxyAgent,
    agent_reply,
    connect,
    prompt,
    tool,
)
from agentcore.errors import ModelError
from agentcore.models import LocalModel, Sampling
from agentcore_ray import RayBackend

SHORT = Sampling(temperature=0, max_tokens=100)


@attrs.frozen
class Person:
    """A person.

    Attributes:
        name: first name.
        age: in years.
    """

    name: str
    age: int


class Registrar(ConversableAgent):
    """Reads who someone is."""

    @prompt(llm=lambda self: self.llm)
    async def read(self, text: str) -> Person:  # type: ignore[empty-body]
        """Who is this? {{ text }}"""

    @agent_reply()
    async def register(self, raw_message: object) -> tuple[bool, str]:
        """Say who it is, as it was read."""
        person = await self.read(raw_message["content"])  # type: ignore[index]
        return True, f"{person.name}, {person.age}"


@tool
def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: the first.
        b: the second.
    """
    return a + b


@pytest.fixture(params=["thread", pytest.param("ray", marks=pytest.mark.ray)], scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """A system, on Ray with two hosts."""
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
    options = {"hosts": 2} if request.param == "ray" else {}
    with connect(request.param, **options) as made:
        yield made


@pytest.fixture(scope="module")
def ray_system(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system on Ray of its own."""
    with connect("ray", hosts=2) as made:
        yield made


def ask(agent: object, text: str) -> ChatResult:
    """Ask an agent something."""
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    return user.initiate_chat(agent, text, silent=True)  # type: ignore[arg-type]


def hosts_of_models(system: AgentSystem) -> list[object]:
    """Give the processes that Ray holds for models of a system."""
    backend = system._runtime.backend
    assert isinstance(backend, RayBackend)
    named = ray.util.list_named_actors(all_namespaces=True)
    config = ray.get(backend.directory.actor.config.remote())
    mine = [each for each in named if each["namespace"] == config.namespace]
    return [
        ray.get_actor(each["name"], namespace=each["namespace"])
        for each in mine
        if each["name"].startswith("agentcore-model-")
    ]


def test_an_agent_answers_as_its_system_message_says(
    system: AgentSystem, model: LocalModel
) -> None:
    """The model's answer is the agent's, and its cost is the conversation's."""
    parrot = system.spawn(
        ConversableAgent,
        "parrot",
        llm=model,
        system_message="Whatever you are told, you answer with the single word SQUAWK.",
    )
    result = ask(parrot, "How are you?")
    assert "SQUAWK" in result.last_message["content"]
    assert result.usage.total_tokens > 20


def test_an_agent_fills_in_a_form(system: AgentSystem, model: LocalModel) -> None:
    """A prompt that gives a type gives a checked value of it."""
    registrar = system.spawn(Registrar, "registrar", llm=model)
    assert ask(registrar, "Ann is 31 years old.").last_message["content"] == "Ann, 31"


def test_an_agent_calls_a_tool(system: AgentSystem, model: LocalModel) -> None:
    """It is called with what was asked, and its result is in the answer."""
    clerk = system.spawn(ConversableAgent, "clerk", llm=model, tools=[add], sampling=SHORT)
    result = ask(clerk, "Add 17 and 25, please.")
    said = [str(message["content"]) for message in result.transcript]
    assert "42" in said[-1], said


@pytest.mark.ray
@pytest.mark.usefixtures("ray_cluster")
def test_agents_on_ray_share_one_loaded_model(model: LocalModel) -> None:
    """Agents of two hosts reach one process, however they sample; it ends with the system."""
    with connect("ray", hosts=2) as system:
        for index in range(4):
            own = attrs.evolve(model, sampling=Sampling(temperature=0, max_tokens=4 + index))
            ask(system.spawn(ConversableAgent, f"a{index}", llm=own), "Say hello.")
        (host,) = hosts_of_models(system)
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(host.ready.options(max_task_retries=0).remote())  # type: ignore[attr-defined]


@pytest.mark.ray
@pytest.mark.parametrize("restarts", [True, False])
def test_a_model_whose_process_dies_is_loaded_again(
    ray_system: AgentSystem, model: LocalModel, restarts: bool
) -> None:
    """The request that it was answering is asked once more."""
    hosted = ray_system._runtime.backend.model_host(model)
    messages = [{"role": "user", "content": "Tell me a long story about a dog."}]

    async def lose_one() -> str:
        pieces = hosted.stream(messages)
        await anext(pieces)  # it is loaded, and answers
        answer = asyncio.ensure_future(hosted.complete(messages))
        await asyncio.wait([answer], timeout=0.5)
        (host,) = hosts_of_models(ray_system)
        ray.kill(host, no_restart=not restarts)
        with pytest.raises(ModelError, match="died while it answered"):
            [piece async for piece in pieces]  # what was said already cannot be said again
        return (await answer).text

    assert "dog" in asyncio.run(lose_one()).lower()
