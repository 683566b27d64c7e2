"""`LongTermMemory`: what is known of earlier chats, as agents know it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol, runtime_checkable

__all__ = ["LongTermMemory"]


@runtime_checkable
class LongTermMemory(Protocol):
    """What an agent asks before its model answers, and tells afterwards, such as a `Memory`.

    An agent may be given it in one process and live in another, so it must be picklable.
    """

    def recall(self, text: str, *, owner: str) -> Awaitable[str]:
        """Return what is known that has to do with a text, quoted; empty if nothing is.

        Args:
            text: what the owner says now.
            owner: whose memory it is.
        """

    def learn(self, text: str, *, owner: str, model: Any) -> Awaitable[object]:
        """Keep what a text says that is worth knowing in later chats.

        Args:
            text: what the owner said.
            owner: whose memory it is.
            model: the agent's model, which finds it out.
        """
