"""Refs: addresses that find their system in the process where they are used."""

from __future__ import annotations

import gc
import pickle
from typing import Any

import pytest

from agentcore import AgentRef, ConversableAgent, SystemClosedError, get_agent_name
from agentcore.protocol.agent_ref import register_system, system_of, systems_here
from agentcore.protocol.kinds import kinds_of


class Port:
    """A runtime, as a ref knows it, that writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def close_agent(self, ref: AgentRef) -> None:
        self.asked.append(("close", ref.name))

    def read_stream(self, agent: Any, stream_id: str) -> str:
        self.asked.append(("read", agent, stream_id))
        return "a reader"


@pytest.fixture
def port() -> Port:
    """A system that this process is connected to, as long as the test runs."""
    port = Port()
    register_system("test-system", port)  # type: ignore[arg-type]
    return port


def test_a_ref_asks_the_system_that_it_belongs_to(port: Port) -> None:
    """It has the id of it, and nothing else."""
    ref = AgentRef("alice", "test-system")
    ref.close()
    assert ref.get_agent_stream_messages("bob", "s1") == "a reader"
    assert port.asked == [("close", "alice"), ("read", "bob", "s1")]


def test_a_ref_that_was_pickled_finds_its_system_again(port: Port) -> None:
    """Its place and kinds go with it."""
    ref = AgentRef("alice", "test-system", "host 2", ("module:Alice",))
    again = pickle.loads(pickle.dumps(ref))
    assert (again, again.place, again.kinds) == (ref, "host 2", ("module:Alice",))
    assert system_of(again) is port  # type: ignore[comparison-overlap]


def test_a_ref_of_an_unknown_system_says_so() -> None:
    """It was closed, or this process never was connected to it."""
    with pytest.raises(SystemClosedError, match=r"'alice'.*connect\(\) first"):
        AgentRef("alice", "nowhere").close()


def test_a_system_that_nobody_holds_is_forgotten() -> None:
    """The table of systems alone keeps none alive."""
    register_system("short-lived", Port())  # type: ignore[arg-type]
    gc.collect()
    with pytest.raises(SystemClosedError):
        system_of(AgentRef("alice", "short-lived"))


def test_the_systems_of_a_process_can_be_listed(port: Port) -> None:
    """Closing one meanwhile does no harm."""
    assert port in list(systems_here())


def test_refs_are_equal_by_name_and_system() -> None:
    """Where an agent lives makes it no other agent."""
    assert AgentRef("alice", "s", "here") == AgentRef("alice", "s", "there")
    assert len({AgentRef("alice", "s", "here"), AgentRef("alice", "s", "there")}) == 1
    assert AgentRef("alice", "s") != AgentRef("alice", "t")


def test_the_name_of_what_is_no_agent_is_an_error() -> None:
    """A number, for example."""
    assert get_agent_name(ConversableAgent("carol")) == "carol"
    with pytest.raises(TypeError, match="not int"):
        get_agent_name(7)  # type: ignore[arg-type]


def test_kinds_are_a_class_and_its_bases_without_the_parts_of_an_agent() -> None:
    """``object`` and what `ConversableAgent` is made of are left out: no rule answers them."""

    class Friend(ConversableAgent):
        """A kind of agent."""

    kinds = kinds_of(Friend)
    assert [kind.rpartition(".")[2].rpartition(":")[2] for kind in kinds] == [
        "Friend",
        "ConversableAgent",
    ]
