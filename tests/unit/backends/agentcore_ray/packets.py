"""Packets that the tests of frames, of the codec and of refusals share."""

from __future__ import annotations

from typing import Any

import attrs

from agentcore import (
    AgentRef,
    Message,
)
from agentcore.backend import (
    Conversation,
    Envelope,
    Exchange,
)
from agentcore.protocol.envelope import CallContext
from agentcore.protocol.transcript import Entry

ALICE = AgentRef("alice", "system", "h0", ("m:Alice",))
BOB = AgentRef("bob", "system", "h1", ("m:Bob",))
INHERITED = CallContext(("user",), None, "h0", True, ("root", 9))
EXCHANGE = Exchange(7, 1, 2)
HELLO = Message("hello")
ENTRY = Entry("alice", "bob", HELLO, 1)


def conversation(id: str = "chat", **changes: Any) -> Conversation:
    """Make a conversation of alice with bob."""
    return attrs.evolve(Conversation(id, ALICE, BOB, INHERITED, fresh=True), **changes)


def envelope(message: Message = HELLO, **changes: Any) -> Envelope:
    """Make an envelope from alice to bob."""
    made = Envelope(conversation(), message, EXCHANGE, False)
    return attrs.evolve(made, **changes)


class Opaque:
    """An object that a message takes as it is."""

    def __init__(self, value: int) -> None:
        self.value = value


class Unreadable:
    """Can be pickled, and not be read again: as one whose module is not where it arrives."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> Any:
    raise ModuleNotFoundError("No module named 'mine'", name="mine")
