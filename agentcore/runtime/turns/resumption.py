"""Turns that can go on."""

from __future__ import annotations

from typing import Any

from agentcore.runtime.backend import Runnable
from agentcore.runtime.mailbox import KEEPS_TOKEN, Mailbox

__all__ = ["Resumption"]

Onward = Runnable | None


class Resumption:
    """A turn that can go on, and then its mailbox.

    Attributes:
        mailbox: of the agent whose turn it is.
    """

    __slots__ = ("_error", "_turn", "_value", "mailbox")

    def __init__(self, turn: Any, value: Any, error: BaseException | None) -> None:
        self.mailbox: Mailbox = turn.mailbox
        self._turn = turn
        self._value = value
        self._error = error

    def run(self) -> Onward:
        """Go on with the turn; when it is over, the mailbox's token is free."""
        try:
            onward: Onward = self._turn.resume(self._value, self._error)
        except BaseException as error:
            self.mailbox.runtime.broken(self._turn._received, error)
            onward = None
        if onward is KEEPS_TOKEN:
            return None
        self.mailbox.turn = None
        self.mailbox.yield_token()
        return onward
