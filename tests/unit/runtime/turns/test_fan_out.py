"""Questions and news for many: who is not there, and who comes too late."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import (
    AgentNotFoundError,
    AgentSystem,
    ChatTimeoutError,
    ConversableAgent,
    GroupChat,
    StopKind,
    UserProxyAgent,
    agent_reply,
    connect,
)
from tests.unit.runtime.turns.waiting_agents import (
    PATIENCE,
    Blocks,
    Speaks,
    agent_behind,
    user,
)


def test_a_group_whose_time_is_over_does_not_wait_for_members_to_hear_the_rest(
    system: AgentSystem,
) -> None:
    """What reaches a member after the deadline is dropped, and so nobody says that it came."""
    alice = system.spawn(Speaks, "alice")
    bob = system.spawn(Blocks, "bob")
    agent = agent_behind(bob)
    other = UserProxyAgent("other", max_consecutive_auto_reply=0, human_input_mode="NEVER")
    busy = other.start_chat(bob, "hello", silent=True)
    assert agent.begun.wait(PATIENCE)
    group = system.spawn(
        GroupChat, "group", [alice, bob], speaker_selection="round_robin", max_round=1
    )
    with pytest.raises(ChatTimeoutError):
        user().initiate_chat(group, "hello", silent=True, timeout=0.1)
    agent.go_on.set()
    busy.result(PATIENCE)
    result = user().initiate_chat(group, "again", silent=True, timeout=PATIENCE)
    assert result.last_message is not None
    assert result.last_message.content == "alice speaks"


@pytest.mark.parametrize("backend", ["thread", "inline"])
def test_agents_acquired_for_a_question_are_released_if_one_of_many_is_nowhere(
    backend: str,
) -> None:
    """Nobody is asked, and the objects are free again."""

    class Asks(ConversableAgent):
        @agent_reply()
        def answer(self) -> tuple[bool, Any]:
            """Ask an object, and somebody who does not exist."""
            with pytest.raises(AgentNotFoundError):
                self.ask_all("hello", [Speaks("object"), "nobody"])
            return True, None

    with connect(backend) as system:
        asks = system.spawn(Asks, "asks")
        assert user().initiate_chat(asks, "hello", silent=True).stop.kind is StopKind.NO_REPLY
        assert [ref.name for ref in system.agents()] == ["asks"]
