"""Open waits of turns, and the mark of a turn that goes on elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.ports import SuspendedTurn

__all__ = ["KEEPS_TOKEN", "PendingWait"]


class _KeepsToken:
    def run(self) -> None:
        """Do nothing: this stands for a turn that goes on elsewhere."""


# What taking a turn gives when the turn awaits something, and so keeps its agent's token.
KEEPS_TOKEN: Final = _KeepsToken()


class _Resumes(Protocol):
    def resume(self, wait: PendingWait, outcome: Any) -> None:
        """Hand the token to the turn of ``wait`` as soon as it is free."""


class PendingWait:
    """An open wait of a turn: for a conversation that it began, or a call that it made.

    Attributes:
        peers: whom it waits for.
        is_set: whether it was answered.
        outcome: the first answer; later ones are too late.
        away: whether the thread of the turn runs others' turns, and cannot go on with it yet.
        wake: lets the turn go on.
    """

    __slots__ = ("_mailbox", "away", "is_set", "outcome", "peers", "turn", "wake")

    def __init__(
        self, mailbox: _Resumes, peers: tuple[AgentRef, ...], turn: SuspendedTurn | None = None
    ) -> None:
        self._mailbox = mailbox
        self.peers = peers
        self.turn = turn
        self.is_set = False
        self.away = False
        self.outcome: Any = None
        self.wake: Callable[[], object] = _nothing

    def answer(self, outcome: Any) -> None:
        """What was waited for is there: the turn goes on when its agent's token is free."""
        self._mailbox.resume(self, outcome)


def _nothing() -> None:
    pass
