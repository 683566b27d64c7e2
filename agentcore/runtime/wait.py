"""Open waits of turns, and the marker for a turn that keeps its token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.outcome import Outcome
from agentcore.runtime.ports import SuspendedTurn

__all__ = ["KEEPS_TOKEN", "PendingWait"]


class _KeepsToken:
    def run(self) -> None:
        """Do nothing: the event loop or a waker goes on with the turn."""


# What a turn returns while it awaits something: its mailbox must neither release the token nor take
# another turn.
KEEPS_TOKEN: Final = _KeepsToken()


class _Resumes(Protocol):
    def resume(self, wait: PendingWait, outcome: Any) -> None:
        """Let the turn of ``wait`` go on as soon as the token of its mailbox is free."""


class PendingWait:
    """An open wait of a turn: for a conversation that it began, or a call that it made.

    Attributes:
        peers: the agents that it waits for.
        turn: the turn that waits; ``None`` if the mailbox need not know it.
        is_set: whether it was answered.
        outcome: the first answer; later ones are ignored.
        away: whether the thread of the turn runs turns of other agents meanwhile, so that the turn
            cannot go on before that thread is back.
        wake: called when the turn has the token again and can go on.
        cancel: cancels what it waits for; ``None`` if that is not begun, or cannot be cancelled.
    """

    __slots__ = ("_mailbox", "away", "cancel", "is_set", "outcome", "peers", "turn", "wake")

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
        self.cancel: Callable[[], object] | None = None

    def answer(self, outcome: Any) -> None:
        """Answer the wait: the turn goes on when its agent's token is free."""
        self._mailbox.resume(self, outcome)

    def give_up(self) -> None:
        """Cancel what it waits for, and let its turn go on."""
        if self.cancel is not None:
            self.cancel()
        self.answer(Outcome(None))


def _nothing() -> None:
    pass
