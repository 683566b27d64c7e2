"""The state of a conversation: a frozen value, and how it begins."""

from __future__ import annotations

import pytest

from agentcore.protocol.state import (
    Exchange,
    Phase,
    Replied,
    begin,
)
from agentcore.protocol.transitions import step


def test_an_exchange_is_frozen() -> None:
    """A step gives a new value: whoever holds the old one sees no change."""
    exchange = Exchange(5)
    step(exchange, Replied())
    assert exchange == Exchange(5)
    with pytest.raises(AttributeError):
        exchange.budget = 9  # type: ignore[misc]


def test_the_first_message_is_one_of_the_turns() -> None:
    """What is left is for what follows; nobody has answered automatically yet."""
    assert begin(1) == Exchange(0)
    assert begin(10) == Exchange(9, mine=0, theirs=0, phase=Phase.OPEN, terminal=None)


@pytest.mark.parametrize("max_turns", [0, -1])
def test_a_conversation_needs_a_turn(max_turns: int) -> None:
    """Without one it could not even begin; -1 is no word for unlimited here."""
    with pytest.raises(ValueError, match=f"max_turns is 1 or more, not {max_turns}"):
        begin(max_turns)
