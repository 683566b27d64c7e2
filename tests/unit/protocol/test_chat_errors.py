"""How the error of a rule becomes that of a conversation."""

from __future__ import annotations

import pytest

from agentcore.errors import (
    AgentCoreError,
    AgentDiedError,
    AgentNotFoundError,
    DepthError,
    ReplyError,
    SystemClosedError,
)
from agentcore.protocol.chat_errors import (
    agent_died,
    as_agent_died,
    as_chat_error,
    as_rule_error,
)


def test_what_a_rule_raised_is_the_cause_of_its_error() -> None:
    """With agent, rule and traceback."""
    cause = ValueError("broken")
    error = as_rule_error(cause, "alice", "answer")
    assert isinstance(error, ReplyError)
    assert str(error) == "rule answer of agent 'alice' raised ValueError: broken"
    assert (error.agent, error.rule, error.__cause__) == ("alice", "answer", cause)
    assert "ValueError: broken" in error.traceback


@pytest.mark.parametrize(
    "error", [ReplyError("inner", agent="bob", rule="inner"), AgentDiedError("gone", agent="bob")]
)
def test_the_error_of_a_nested_conversation_passes_as_it_is(error: AgentDiedError) -> None:
    """It names the agent that failed, and not the one that waited."""
    assert as_rule_error(error, "alice", "answer") is error
    assert error.agent == "bob"


def test_an_error_that_names_no_rule_gets_the_name() -> None:
    """As that of a send that is nested too deep."""
    error = as_rule_error(DepthError("too deep"), "alice", "answer")
    assert isinstance(error, DepthError)
    assert (error.agent, error.rule) == ("alice", "answer")


def test_an_agent_that_is_not_found_any_more_has_died() -> None:
    """It was there when the conversation began. Other errors stay what they are."""
    error = as_agent_died(AgentNotFoundError("no bob"), "bob")
    assert isinstance(error, AgentDiedError)
    assert error.agent == "bob"
    closed = SystemClosedError("closed")
    assert as_agent_died(closed, "bob") is closed


def test_an_error_of_a_delivery_becomes_that_of_a_conversation() -> None:
    """Unless it is one already."""
    error = as_chat_error(AgentCoreError("no way"), "bob")
    assert isinstance(error, AgentDiedError)
    assert (str(error), error.agent) == ("no way", "bob")
    died = agent_died("bob")
    assert as_chat_error(died, "alice") is died
    assert str(died) == "agent 'bob' died: its process is gone"
