"""Agents as Pykka actors: in its registry, stopped by it, reached by its proxies."""

from __future__ import annotations

from typing import Any

import pykka
import pytest

from agentcore import (
    AgentNotFoundError,
    AgentSystem,
    ConversableAgent,
    StopKind,
    agent_reply,
    connect,
)
from agentcore_thread.actor import AgentActor
from tests.unit.backends.agentcore_thread.thread_agents import (
    PATIENCE,
    Blocks,
    Echo,
    Says,
    Silent,
)


def actors() -> dict[str, pykka.ActorRef[AgentActor]]:
    """Give the refs of the actors that Pykka knows, by the names of their agents."""
    refs = pykka.ActorRegistry.get_by_class(AgentActor)
    return {ref.proxy().agent.get(timeout=PATIENCE).name: ref for ref in refs}


def test_pykka_knows_the_agents_while_their_system_is_open() -> None:
    """Every agent is in Pykka's registry, until it or its system is closed."""
    with connect("thread") as system:
        alice = system.spawn(Echo, "alice")
        system.spawn_many(Echo, ["bob", "carol"])
        assert set(actors()) == {"alice", "bob", "carol"}
        alice.close()
        assert set(actors()) == {"bob", "carol"}
        refs = pykka.ActorRegistry.get_by_class(AgentActor)
    assert pykka.ActorRegistry.get_by_class(AgentActor) == []
    assert not any(ref.is_alive() for ref in refs)


def test_an_agent_object_is_an_actor_for_its_conversation(system: AgentSystem) -> None:
    """A plain local object that begins a conversation is hosted, and known, as long as it lasts."""
    bob = system.spawn(Says, "bob")
    seen: list[set[str]] = []

    class Looks(ConversableAgent):
        @agent_reply()
        def look(self) -> tuple[bool, Any]:
            refs = pykka.ActorRegistry.get_by_class(AgentActor)
            seen.append({ref._actor_weakref().agent.name for ref in refs})
            return True, None

    Looks("user").initiate_chat(bob, "hello", silent=True)
    assert seen == [{"bob", "user"}]
    assert set(actors()) == {"bob"}


def test_stopping_the_actor_closes_the_agent(system: AgentSystem) -> None:
    """Pykka's own ``stop()`` does what ``ref.close()`` does."""
    system.spawn(Echo, "alice")
    bob = system.spawn(Echo, "bob")
    actor = actors()["bob"]
    assert actor.stop(timeout=PATIENCE)
    assert not actor.is_alive()
    assert [ref.name for ref in system.agents()] == ["alice"]
    with pytest.raises(AgentNotFoundError):
        system.agent("alice").initiate_chat(bob, "hello", silent=True)
    assert not actor.stop(timeout=PATIENCE), "it was stopped already"
    with pytest.raises(pykka.ActorDeadError):
        actor.ask("anything", timeout=PATIENCE)


def test_stopping_all_actors_closes_all_agents(system: AgentSystem) -> None:
    """Pykka's registry ends them, as a program that uses Pykka does at its end."""
    system.spawn_many(Echo, [f"agent-{number}" for number in range(20)])
    assert pykka.ActorRegistry.stop_all(timeout=PATIENCE) == [True] * 20
    assert system.agents() == ()


def test_an_actor_that_stops_itself_closes_the_agent(system: AgentSystem) -> None:
    """``actor.stop()`` is a message to itself, which its next turn takes."""
    system.spawn(Echo, "alice")
    actor = actors()["alice"]
    actor.proxy().stop().get(timeout=PATIENCE)
    assert actor.actor_stopped.wait(PATIENCE)
    assert system.agents() == ()


def test_a_proxy_reaches_the_agent(system: AgentSystem) -> None:
    """``proxy().agent`` is the agent, and what else Pykka's proxies do is done in its turns."""
    ref = system.spawn(Echo, "alice", description="an echo")
    proxy = actors()["alice"].proxy()
    agent = proxy.agent.get(timeout=PATIENCE)
    assert isinstance(agent, Echo)
    assert agent.description == "an echo"
    assert agent.name == ref.name
    assert proxy.actor_urn.get(timeout=PATIENCE) == actors()["alice"].actor_urn


def test_what_pykka_sends_waits_for_the_turn_being_taken(
    system: AgentSystem, blocks: type[Blocks]
) -> None:
    """Turns are exclusive, whoever causes them."""
    bob = system.spawn(blocks, "bob")
    alice = system.spawn(Echo, "alice")
    actor = actors()["bob"]
    chat = alice.start_chat(bob, "hello", silent=True)
    assert blocks.begun.wait(PATIENCE)
    future = actor.proxy().agent
    with pytest.raises(pykka.Timeout):
        future.get(timeout=0)
    blocks.free.set()
    assert future.get(timeout=PATIENCE).name == "bob"
    assert chat.result(PATIENCE).stop.kind is StopKind.NO_REPLY


def test_what_pykka_sent_to_an_agent_that_was_closed_is_answered(
    system: AgentSystem, blocks: type[Blocks]
) -> None:
    """A message that waits in the mailbox when its agent is closed fails, and hangs nobody."""
    bob = system.spawn(blocks, "bob")
    actor = actors()["bob"]
    system.spawn(Echo, "alice").start_chat(bob, "hello", silent=True)
    assert blocks.begun.wait(PATIENCE)
    future = actor.ask("anything", block=False)
    bob.close()
    with pytest.raises(pykka.ActorDeadError):
        future.get(timeout=PATIENCE)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_a_proxied_call_raises_is_raised_at_its_caller(
    system: AgentSystem, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is, whoever asked gets it, and the agent lives on."""

    def fail(self: AgentActor) -> None:
        raise error("broken")

    monkeypatch.setattr(AgentActor, "fail", fail, raising=False)
    ref = system.spawn(Says, "alice")
    actor = actors()["alice"]
    with pytest.raises(error, match="broken"):
        actor.proxy().fail().get(timeout=PATIENCE)
    assert system.spawn(Silent, "bob").initiate_chat(ref, "hello", silent=True).turns == 2
