"""Unit tests of an agent, as you would write them for yours.

pytest examples/test_my_agent.py

The fixture ``agent_system`` comes with agentcore. It is a system without threads, so the tests
take milliseconds and go the same way each time.
"""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import (
    AgentRef,
    AgentSystem,
    ConversableAgent,
    Message,
    ReplyError,
    StopKind,
    UserProxyAgent,
    agent_reply,
)

# --- the agent ------------------------------------------------------------------------------------


class Desk(ConversableAgent):
    """Answers what it knows, and asks the clerk everything else."""

    def __init__(self, name: str, *args: Any, clerk: AgentRef | str, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        self.clerk = clerk

    @agent_reply()
    def tell_the_hours(self, raw_message: Message) -> tuple[bool, str | None]:
        if "open" in raw_message["content"]:
            return True, "We are open from nine to five."
        return False, None  # not mine: the next rule is tried

    @agent_reply()
    def ask_the_clerk(self, raw_message: Message) -> tuple[bool, str]:
        answer = self.send(raw_message, self.clerk).last_message
        assert answer is not None
        return True, f"The clerk says: {answer['content']}"

    @agent_reply(lambda self: [self.clerk])
    def let_the_clerk_go(self) -> tuple[bool, None]:
        return True, None


# --- who stands in for the others -----------------------------------------------------------------


class Clerk(ConversableAgent):
    """Says what the test wants it to say."""

    def __init__(self, name: str, *args: Any, line: str = "Room 12.", **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        self.line = line

    @agent_reply()
    def answer(self) -> tuple[bool, str]:
        if not self.line:
            raise LookupError("no such room")
        return True, self.line


@pytest.fixture
def user() -> UserProxyAgent:
    """Somebody who asks once."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


# --- the tests ------------------------------------------------------------------------------------


def test_the_hours_are_known_without_a_system() -> None:
    """A rule that talks to nobody else needs no conversation."""
    reply = Desk("desk", clerk="clerk").generate_reply(["When are you open?"])
    assert reply is not None
    assert reply["content"] == "We are open from nine to five."


def test_the_rule_for_the_clerk_is_tried_first() -> None:
    """A rule that names its senders comes before those that answer anyone."""
    desk = Desk("desk", clerk="clerk")
    assert desk.rules_for("clerk")[0].name == "let_the_clerk_go"
    assert [rule.name for rule in desk.rules_for("user")] == ["tell_the_hours", "ask_the_clerk"]


def test_anything_else_goes_to_the_clerk(agent_system: AgentSystem, user: UserProxyAgent) -> None:
    """The transcript shows who asked whom, and how deep."""
    clerk = agent_system.spawn(Clerk, "clerk")
    desk = agent_system.spawn(Desk, "desk", clerk=clerk)

    result = user.initiate_chat(desk, message="Where is the exhibition?")

    assert [(entry.depth, entry.sender, entry["content"]) for entry in result.transcript] == [
        (0, "user", "Where is the exhibition?"),
        (1, "desk", "Where is the exhibition?"),
        (1, "clerk", "Room 12."),
        (0, "desk", "The clerk says: Room 12."),
    ]
    assert result.stop.kind == StopKind.MAX_AUTO_REPLY


def test_a_clerk_who_fails_is_named(agent_system: AgentSystem, user: UserProxyAgent) -> None:
    """The error says which agent failed, in which rule, and what had been said by then."""
    clerk = agent_system.spawn(Clerk, "clerk", line="")
    desk = agent_system.spawn(Desk, "desk", clerk=clerk)

    with pytest.raises(ReplyError, match="no such room") as failure:
        user.initiate_chat(desk, message="Where is the exhibition?")

    assert (failure.value.agent, failure.value.rule) == ("clerk", "answer")
    assert failure.value.result is not None
    assert failure.value.result.turns == 2
