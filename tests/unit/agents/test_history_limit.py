"""What ``history_limit=`` means."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import ConversableAgent, HistoryLimit
from agentcore.agents.history_limit import checked_history_limit


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, HistoryLimit()),
        (20, HistoryLimit(messages=20)),
        ({"peers": 3}, HistoryLimit(peers=3)),
        ({"messages": 20, "peers": 3}, HistoryLimit(20, 3)),
        (HistoryLimit(20, 3), HistoryLimit(20, 3)),
    ],
)
def test_a_limit_is_a_number_of_messages_or_says_of_what(given: Any, meant: HistoryLimit) -> None:
    """A number, a dict, or the object."""
    assert checked_history_limit(given) == meant


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (0, ValueError, "messages of history_limit= is a whole number, 1 or more"),
        (True, ValueError, "whole number"),
        ({"peers": 1.5}, ValueError, "peers of history_limit="),
        ({"peer": 1}, TypeError, "no 'peer'; did you mean 'peers'"),
        ((20, 3), TypeError, r"HistoryLimit\(messages=..., peers=...\)"),
        ("20", TypeError, "a number of messages"),
    ],
)
def test_any_other_limit_is_refused_when_the_agent_is_made(
    given: Any, error: type[Exception], words: str
) -> None:
    """With what would be one."""
    with pytest.raises(error, match=words):
        ConversableAgent("agent", history_limit=given)
