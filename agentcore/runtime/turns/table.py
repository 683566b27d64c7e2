"""Which turn an item of a mailbox is taken as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from agentcore.protocol.envelope import Envelope
from agentcore.protocol.packets import Begin, Call
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.requests import BeginTurn, CallTurn

__all__ = ["TURNS"]

# An item of another type has a ``take`` of its own.
TURNS: Final[dict[type, Callable[[Any, Any], Any]]] = {
    Envelope: ReplyTurn.take,
    Begin: BeginTurn.take,
    Call: CallTurn.take,
}
