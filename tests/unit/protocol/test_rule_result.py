"""What a rule may return, and what the error says if it returned something else."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import ChatResponse, Message
from agentcore.errors import EmptyMessageError, ReplyTypeError
from agentcore.protocol.rule_result import as_reply, is_rule_result, no_reply_error


@pytest.mark.parametrize("result", [(True, "yes"), (False, None), (True, 7)])
def test_a_rule_returns_a_bool_and_a_reply(result: Any) -> None:
    """Whether the reply can be sent is found out when it is to be sent."""
    assert is_rule_result(result)


@pytest.mark.parametrize(
    "result", [None, "yes", True, (1, "yes"), (True,), (True, "yes", 1), [True, "yes"]], ids=repr
)
def test_nothing_else_is_a_result(result: Any) -> None:
    """Not a number in place of the bool, and not a list in place of the tuple."""
    assert not is_rule_result(result)


@pytest.mark.parametrize(
    "reply", ["yes", {"content": "yes"}, Message("yes"), ChatResponse(output="yes")], ids=repr
)
def test_a_reply_becomes_a_message(reply: Any) -> None:
    """Whatever may be given as a message."""
    assert as_reply(reply, "alice", "answer").content == "yes"


def test_a_reply_that_is_no_message_names_agent_and_rule() -> None:
    """And says what a rule returns."""
    with pytest.raises(ReplyTypeError, match=r"rule answer of agent 'alice' .*True, 7") as caught:
        as_reply(7, "alice", "answer")
    assert (caught.value.agent, caught.value.rule) == ("alice", "answer")


def test_an_empty_reply_is_an_error_of_its_own() -> None:
    """It is of the right type, but cannot be sent."""
    with pytest.raises(EmptyMessageError):
        as_reply("", "alice", "answer")


def test_a_long_result_is_cut_off_in_the_error() -> None:
    """A log line is to stay readable."""
    text = str(no_reply_error("x" * 10_000, "alice", "answer"))
    assert len(text) < 500
    assert "xxx..." in text
