"""The console of a system whose agents are in several processes.

Each process sends the messages that its agents received to the process that began the conversation,
where they may arrive in another order. But the budget of a conversation falls by one with each
message, nested ones included. So the console can order messages by their budget, as by page
numbers. It waits only a short time for a message that is missing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from agentcore.runtime.console import write

__all__ = ["Console"]

PATIENCE = 0.1  # seconds that a message is held back for one that comes before it
PARTING = 0.5  # seconds that a result is held back for messages that have not arrived yet


Write = Callable[[str], object]


class _Strand:
    """The messages of one conversation: the budget of the next one, and those held back."""

    def __init__(self, budget: int) -> None:
        self.next = budget
        self.held: dict[int, str] = {}

    def write_held(self, write: Write) -> None:
        """Print messages that are held, up to the first one that is missing."""
        while self.next in self.held:
            write(self.held.pop(self.next))
            self.next -= 1

    def give_up_waiting(self, write: Write) -> None:
        """Print all messages that are held, in order, whatever is missing."""
        for budget in sorted(self.held, reverse=True):
            write(self.held.pop(budget))
            self.next = budget - 1


class Console:
    """Prints messages in the order in which agents received them. For calls on any thread.

    Args:
        call_later: the backend's: calls a function after so many seconds.

    Attributes:
        write: prints a text.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], Any]) -> None:
        self.write: Write = write
        self._call_later = call_later
        self._changed = threading.Condition()
        self._strands: dict[str, _Strand] = {}

    def show(self, root: tuple[str, int], budget: int, text: str) -> None:
        """Print ``text`` after the messages that come before it.

        Args:
            root: the id of the outermost conversation, and the budget of its first message.
            budget: the budget of the message.
        """
        with self._changed:
            strand = self._strands.get(root[0])
            if strand is None:
                strand = self._strands[root[0]] = _Strand(root[1])
            if budget > strand.next:
                self.write(text)  # it is late: messages that come after it were printed already
                return
            strand.held[budget] = text
            strand.write_held(self.write)
            if strand.held:
                self._call_later(PATIENCE, lambda: self._stop_waiting(strand))
            self._changed.notify_all()

    def _stop_waiting(self, strand: _Strand) -> None:
        with self._changed:
            strand.give_up_waiting(self.write)
            self._changed.notify_all()

    def finish(self, root: str, messages: int, budget: int) -> None:
        """Wait, for half a second at most, until all messages of a conversation were printed.

        Args:
            root: the id of the conversation.
            messages: how many messages its transcript has.
            budget: the budget of its first message.
        """
        with self._changed:
            strand = self._strands.get(root)
            if strand is None and messages:
                strand = self._strands[root] = _Strand(budget)
            if strand is None:
                return
            self._changed.wait_for(lambda: strand.next <= budget - messages, PARTING)
            strand.give_up_waiting(self.write)
            self._strands.pop(root, None)
            for part in [name for name in self._strands if name.startswith(f"{root}/")]:
                self._strands.pop(part).give_up_waiting(self.write)
