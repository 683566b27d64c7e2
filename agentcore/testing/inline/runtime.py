"""The runtime of the inline backend."""

from __future__ import annotations

import itertools
from typing import Any
from weakref import WeakValueDictionary

from agentcore.protocol.chat import Chat
from agentcore.protocol.outcome import Outcome
from agentcore.runtime.runtime import Runtime
from agentcore.runtime.tickets import Tickets
from agentcore.runtime.turns.turn import current_turn
from agentcore.testing.inline.faults import FaultyMailbox

__all__ = ["InlineRuntime"]


class InlineTickets(Tickets):
    """Handles whose failures say how to repeat them."""

    def wait_for(self, chat: Chat, timeout: float | None) -> Outcome | None:
        """Wait; a failure says how to repeat it."""
        return self._noted(super().wait_for(chat, timeout))

    async def a_wait_for(self, chat: Chat) -> Outcome:
        """Await; a failure says how to repeat it."""
        outcome = await super().a_wait_for(chat)
        self._noted(outcome)
        return outcome

    def _noted(self, outcome: Outcome | None) -> Outcome | None:
        error = None if outcome is None else outcome.error
        if error is not None and current_turn() is None:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from error  # rules run on the thread that is interrupted
            note = f"repeat it with {self._runtime.backend!r}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        return outcome


_open: WeakValueDictionary[int, InlineRuntime] = WeakValueDictionary()


class InlineRuntime(Runtime):
    """The runtime, with mailboxes that have faults, and failures that say how to repeat them."""

    mailbox_type = FaultyMailbox
    tickets_type = InlineTickets

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Agents see ids, of streams say: they are to repeat too. They must differ only from those
        # of the systems that are open beside this one.
        self._number = next(number for number in itertools.count() if number not in _open)
        self._id_prefix = f"inline{self._number}"
        _open[self._number] = self

    def close(self, *why: str) -> None:
        """End every agent here, and free the prefix of its ids."""
        super().close(*why)
        if _open.get(self._number) is self:
            del _open[self._number]
