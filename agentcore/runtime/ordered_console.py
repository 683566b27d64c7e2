"""The console of a system whose agents are in several processes.

Every message that is shown reaches the process that began the conversation, each by a way of its
own. But the budget of a conversation falls by one with each message, nested ones included: so it
is the page number by which they are put in order again. What is missing for long is not waited
for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from agentcore.runtime.console import write

__all__ = ["Console"]

PATIENCE = 0.1  # seconds that a message is held back for one that belongs before it
PARTING = 0.5  # seconds that a result is held back for messages that are still on their way


class _Strand:
    """What is shown of one conversation."""

    def __init__(self, budget: int) -> None:
        self.next = budget
        self.held: dict[int, str] = {}

    def write_held(self) -> None:
        """Write what comes next, as far as it is here."""
        while self.next in self.held:
            write(self.held.pop(self.next))
            self.next -= 1

    def give_up_waiting(self) -> None:
        """Write all that is here, in order."""
        for budget in sorted(self.held, reverse=True):
            write(self.held.pop(budget))
            self.next = budget - 1


class Console:
    """Writes messages in the order in which they were received."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], Any]) -> None:
        self._call_later = call_later
        self._changed = threading.Condition()
        self._strands: dict[str, _Strand] = {}

    def show(self, root: tuple[str, int], budget: int, text: str) -> None:
        """Write ``text``, of a message with this budget, in its turn.

        Args:
            root: id of the outermost conversation, and the budget of its first message.
        """
        with self._changed:
            strand = self._strands.get(root[0])
            if strand is None:
                strand = self._strands[root[0]] = _Strand(root[1])
            if budget > strand.next:
                write(text)  # it is late; what comes after it has not been held back
                return
            strand.held[budget] = text
            strand.write_held()
            if strand.held:
                self._call_later(PATIENCE, lambda: self._stop_waiting(strand))
            self._changed.notify_all()

    def _stop_waiting(self, strand: _Strand) -> None:
        with self._changed:
            strand.give_up_waiting()
            self._changed.notify_all()

    def finish(self, root: str, messages: int, budget: int) -> None:
        """Wait, for a moment, until all messages of a conversation were written."""
        with self._changed:
            strand = self._strands.get(root)
            if strand is None and messages:
                strand = self._strands[root] = _Strand(budget)
            if strand is None:
                return
            self._changed.wait_for(lambda: strand.next <= budget - messages, PARTING)
            strand.give_up_waiting()
            self._strands.pop(root, None)
            for part in [name for name in self._strands if name.startswith(f"{root}/")]:
                self._strands.pop(part).give_up_waiting()
