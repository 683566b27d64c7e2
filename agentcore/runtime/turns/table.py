"""The table of turns: which function takes an item of a mailbox, by the item's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from agentcore.protocol.envelope import Envelope
from agentcore.protocol.packets import Begin, Call
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.requests import BeginTurn, CallTurn

__all__ = ["TURNS"]

# Items of other types, which tests use, have a method ``take``.
TURNS: Final[dict[type, Callable[[Any, Any], Any]]] = {
    Envelope: ReplyTurn.take,
    Begin: BeginTurn.take,
    Call: CallTurn.take,
}
