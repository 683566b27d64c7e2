"""Envelopes from other processes that come a second time."""

from __future__ import annotations

import threading

from loguru import logger

from agentcore.protocol.envelope import Envelope

__all__ = ["DuplicateFilter"]

REMEMBERED = 4096  # conversations of which it is known how far they came


class DuplicateFilter:
    """Knows of each conversation how far it came, by the budget of its last envelope.

    The budget falls with every message, so it tells messages apart. What is forwarded has the
    budget of the message to the initiator, and comes after it: hence twice the budget, plus one
    for what goes to the initiator.
    """

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}
        self._lock = threading.Lock()

    def came_before(self, packet: Envelope) -> bool:
        """Say whether this envelope is here for the second time."""
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
