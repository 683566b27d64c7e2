"""A question to many agents that is not answered by all of them yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat_errors import ChatError, ChatTimeoutError, agent_died
from agentcore.protocol.envelope import Conversation, Envelope
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import AskAllReply
from agentcore.protocol.transcript import StopKind, StopReason
from agentcore.runtime.ports import Clock, Timer

__all__ = ["PendingAskAll", "refused_part"]


class PendingAskAll:
    """Collects the answers to a question to many. Its methods are called on any thread.

    Attributes:
        id: of the question.
        unused: turns of the budget that its parts gave back.
        depth: how many agents wait for its answers, one for the other.
    """

    __slots__ = (
        "_answer", "_asker", "_left", "_lock", "_message", "_open", "_parts", "_peers", "_share",
        "_timer", "depth", "id", "unused",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        asker: str,
        message: Message,
        peers: Sequence[AgentRef],
        depth: int,
        answer: Callable[[Outcome], None],
        share: int = 0,
    ) -> None:
        """Make it; `open` lets it be answered.

        Args:
            asker: names who asks.
            answer: is called with the `Answers`, once.
            share: turns that each part has. Those of a part that nobody answers come back, as
                nothing more can come of it: its time is up, or its agent is gone.
        """
        self.id = id
        self.unused = 0
        self.depth = depth
        self._answer = answer
        self._share = share
        self._timer: Timer | None = None
        self._open: dict[str, PendingAskAll] = {}
        self._asker = asker
        self._message = message
        self._peers = peers
        self._parts: list[AskAllReply | None] = [None] * len(peers)
        self._left = len(peers)
        self._lock = threading.Lock()

    def open(self, pending: dict[str, PendingAskAll], clock: Clock, deadline: float | None) -> None:
        """Let it be answered; at its deadline it is given up, as late messages are dropped.

        Args:
            pending: those of this process by their ids; it is there until all have answered.
        """
        self._open = pending
        pending[self.id] = self
        if deadline is not None:
            self._timer = clock.call_later(max(0.0, deadline - clock.now()), self.expire)

    def take(self, part: AskAllReply) -> None:
        """Take what came of one part; only the first word on it counts."""
        with self._lock:
            if self._parts[part.part] is not None:
                return
            self._parts[part.part] = part
            self.unused += part.unused
            self._left -= 1
            if self._left:
                return
        self._open.pop(self.id, None)
        if self._timer is not None:
            self._timer.cancel()
        answers = Answers(self._asker, self._message, self._peers, self._parts)
        self._answer(Outcome(answers, self.unused))

    def give_up(self, error: BaseException, kind: StopKind = StopKind.FAILED) -> None:
        """Nobody answers any more: the parts that are left fail."""
        for index, part in enumerate(self._parts):
            if part is None:
                self._fail(index, error, kind)

    def lost(self, place: str) -> None:
        """A process is gone, and the agents there with it."""
        for index, peer in enumerate(self._peers):
            if peer.place == place and self._parts[index] is None:
                self._fail(index, agent_died(peer.name), StopKind.FAILED)

    def expire(self) -> None:
        """Its time ran out."""
        missing = [p.name for p, part in zip(self._peers, self._parts, strict=True) if part is None]
        text = f"no answer in time (timeout=) of {', '.join(map(repr, missing[:5]))}"
        self.give_up(ChatTimeoutError(text, agent=missing[0] if missing else ""), StopKind.DEADLINE)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        error = ChatError("the question was cancelled", agent=self._asker)
        self.give_up(error, StopKind.CANCELLED)

    def _fail(self, index: int, error: BaseException, kind: StopKind) -> None:
        agent = self._peers[index].name if kind is StopKind.FAILED else self._asker
        reason = StopReason(kind, agent, detail=str(error))
        self.take(AskAllReply(self.id, index, None, reason, self._share, error=error))


def refused_part(item: Envelope, error: ChatError) -> AskAllReply:
    """Give what tells that a part of a question did not reach its agent."""
    conversation: Conversation = item.conversation
    reason = StopReason(StopKind.FAILED, conversation.recipient.name, detail=str(error))
    return AskAllReply(
        conversation.id, conversation.part, None, reason, item.exchange.budget,
        error=error, undelivered=True,
    )  # fmt: skip
