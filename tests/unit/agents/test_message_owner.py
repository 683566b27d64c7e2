"""Whose message it is."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import Message, MessageError
from agentcore.agents.message_owner import owner_of


def message(owner: Any = ..., role: str = "user") -> Message:
    """Make a message, with an owner if one is given."""
    return Message("hi", role=role, metadata={} if owner is ... else {"owner": owner})


@pytest.mark.parametrize(
    ("history", "owner"),
    [
        ([], ""),
        ([message()], ""),
        ([message("ann")], "ann"),
        ([message("ann"), message()], "ann"),
        ([message("ann"), message("bob")], "bob"),
        ([message("ann"), message("")], ""),
        ([message("ann"), message("bob", role="assistant")], "ann"),
    ],
)
def test_the_last_message_that_names_an_owner_decides(history: list[Message], owner: str) -> None:
    """The agent's own do not; an empty name is nobody's."""
    assert owner_of(history) == owner


def test_an_owner_that_is_no_name_is_refused() -> None:
    """It is not taken for nobody."""
    with pytest.raises(MessageError, match=r"metadata\['owner'\] is the name of an owner, not 7"):
        owner_of([message(7)])
