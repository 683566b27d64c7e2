"""What is said of an agent that was closed."""

from __future__ import annotations

import pytest

from agentcore import AgentSystem, ConversableAgent
from agentcore.errors import AgentNotFoundError
from agentcore.runtime import registry


def close(system: AgentSystem, name: str) -> None:
    """Spawn an agent, and close it."""
    system.spawn(ConversableAgent, name).close()


def test_an_agent_that_was_closed_is_not_reported_as_never_there(
    agent_system: AgentSystem,
) -> None:
    """By its name and by its ref; one of a name that is close is not guessed in its place."""
    ref = agent_system.spawn(ConversableAgent, "bob")
    agent_system.spawn(ConversableAgent, "bobby")
    ref.close()
    for use in (lambda: agent_system.agent("bob"), ref.close):
        with pytest.raises(AgentNotFoundError, match="'bob' was closed"):
            use()


def test_a_name_that_was_closed_can_be_used_again(agent_system: AgentSystem) -> None:
    """The new agent is found, and not what was."""
    close(agent_system, "bob")
    assert agent_system.spawn(ConversableAgent, "bob") == agent_system.agent("bob")


def test_of_many_closed_agents_the_last_are_remembered(
    agent_system: AgentSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that closes an agent for each user does not grow."""
    monkeypatch.setattr(registry, "REMEMBERED", 2)
    for name in ("a1", "b2", "c3"):
        close(agent_system, name)
    with pytest.raises(AgentNotFoundError, match="no agent of this system is named 'a1'"):
        agent_system.agent("a1")
    with pytest.raises(AgentNotFoundError, match="'c3' was closed"):
        agent_system.agent("c3")
