"""Dropping envelopes that another process delivered twice."""

from __future__ import annotations

import threading

from agentcore.base import logger
from agentcore.protocol.envelope import Envelope

__all__ = ["DuplicateFilter"]

REMEMBERED = 4096  # how many conversations the filter remembers


class DuplicateFilter:
    """Remembers the last envelope of each conversation, by its budget.

    The budget of a conversation falls with every message. So an envelope whose budget is not below
    that of the last one came before. One case needs more: the initiator forwards a message without
    cost, and the forwarded envelope has the same budget as the one that it received. Hence what is
    compared is twice the budget, plus one for an envelope that goes to the initiator.

    Only the latest conversations are remembered, since an envelope that comes twice does so soon.
    """

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}
        self._lock = threading.Lock()

    def came_before(self, packet: Envelope) -> bool:
        """Say whether this envelope came before; if not, remember it. Called on any thread."""
        marks, budget = self._marks, 2 * packet.exchange.budget + packet.to_initiator
        conversation = packet.conversation
        id = conversation.id if conversation.part < 0 else f"{conversation.id}#{conversation.part}"
        with self._lock:
            mark = marks.pop(id, None)
            came_before = mark is not None and mark <= budget
            marks[id] = budget if mark is None else min(mark, budget)
            if len(marks) > REMEMBERED:
                del marks[next(iter(marks))]
        if came_before:
            logger.info("a message to {} was dropped: it came twice", packet.to.name)
        return came_before
