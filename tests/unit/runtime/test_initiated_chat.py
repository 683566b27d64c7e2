"""A conversation as its initiator's side keeps it."""

from __future__ import annotations

import pytest

from agentcore import (
    ChatTimeoutError,
    StopKind,
)
from agentcore.backend import open_system
from agentcore.testing import InlineBackend
from tests.unit.runtime.turns.waiting_agents import (
    Speaks,
    user,
)


def test_a_conversation_whose_time_is_over_as_it_begins_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A timer may go off at once, on another thread: it finds the conversation."""
    backend = InlineBackend()
    monkeypatch.setattr(backend, "call_later", lambda delay, function: function())
    with open_system(backend) as system:
        player = system.spawn(Speaks, "alice")
        with pytest.raises(ChatTimeoutError) as caught:
            user().initiate_chat(player, "hello", silent=True, timeout=0)
    assert caught.value.result is not None
    assert caught.value.result.stop.kind is StopKind.DEADLINE
