"""Questions to many agents, while not all of them have answered."""

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
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.runtime.ports import Clock, Timer

__all__ = ["PendingAskAll", "refused_part"]


class PendingAskAll:
    """Collects the answers to a question to many. Its methods are called on any thread.

    Attributes:
        id: the id of the question.
        unused: turns that its parts did not use, so far.
        depth: how many agents are in the chain of its parts, which wait for their answers.
    """

    __slots__ = (
        "_answer", "_asker", "_left", "_lock", "_message", "_open", "_parts", "_peers", "_share",
        "_timer", "_withdraw", "depth", "id", "unused",
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
        withdraw: Callable[[AgentRef, str], None] = lambda agent, id: None,
    ) -> None:
        """Make it; `open` registers it, so that it can be answered.

        Args:
            asker: the name of the agent that asks.
            peers: the agents that are asked; their positions are the numbers of the parts.
            answer: called once, with the outcome that has the `Answers`.
            share: the turns that each part has. They come back for a part that is not answered in
                time, or whose agent is closed: nothing that still happens in it can cost more.
            withdraw: lets an agent drop what it does for the question, by its id.
        """
        self.id = id
        self.unused = 0
        self.depth = depth
        self._answer = answer
        self._share = share
        self._withdraw = withdraw
        self._timer: Timer | None = None
        self._open: dict[str, PendingAskAll] = {}
        self._asker = asker
        self._message = message
        self._peers = peers
        self._parts: list[AskAllReply | None] = [None] * len(peers)
        self._left = len(peers)
        self._lock = threading.Lock()

    def open(self, pending: dict[str, PendingAskAll], clock: Clock, deadline: float | None) -> None:
        """Register it, and start the timer of its deadline.

        Args:
            pending: the open questions of this process by id; it is in there until all parts are
                answered or have failed.
            clock: the clock and timers of the backend.
            deadline: when all parts that are not answered fail; ``None`` for never.
        """
        self._open = pending
        pending[self.id] = self
        if deadline is not None:
            self._timer = clock.call_later(max(0.0, deadline - clock.now()), self.expire)

    def take(self, part: AskAllReply) -> None:
        """Take the reply to one part; later replies to the same part are ignored."""
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
        """Let all parts fail that are not answered."""
        for index, part in enumerate(self._parts):
            if part is None:
                self._fail(index, error, kind)

    def lost(self, place: str) -> None:
        """Let the parts fail whose agents were in a process that ended."""
        for index, peer in enumerate(self._peers):
            if peer.place == place and self._parts[index] is None:
                self._fail(index, agent_died(peer.name), StopKind.FAILED)

    def expire(self) -> None:
        """Let all parts fail that are not answered, with ``DEADLINE``, and those agents drop it."""
        missing = [peer.name for peer in self._unanswered()]
        text = f"no answer in time (timeout=) of {', '.join(map(repr, missing[:5]))}"
        error = ChatTimeoutError(text, agent=missing[0] if missing else "")
        self._drop(error, StopKind.DEADLINE)

    def cancel(self) -> None:
        """Let all parts fail that are not answered, with ``CANCELLED``; those agents drop it."""
        error = ChatError("the question was cancelled", agent=self._asker)
        self._drop(error, StopKind.CANCELLED)

    def _drop(self, error: BaseException, kind: StopKind) -> None:
        for agent in self._unanswered():  # before its end, with which agent objects leave
            self._withdraw(agent, self.id)
        self.give_up(error, kind)

    def _unanswered(self) -> list[AgentRef]:
        return [peer for peer, part in zip(self._peers, self._parts, strict=True) if part is None]

    def _fail(self, index: int, error: BaseException, kind: StopKind) -> None:
        agent = self._peers[index].name if kind is StopKind.FAILED else self._asker
        reason = StopReason(kind, agent, detail=str(error))
        self.take(AskAllReply(self.id, index, None, reason, self._share, error=error))


def refused_part(item: Envelope, error: ChatError) -> AskAllReply:
    """Make the reply to a part of a question that did not reach its agent."""
    conversation: Conversation = item.conversation
    reason = StopReason(StopKind.FAILED, conversation.recipient.name, detail=str(error))
    return AskAllReply(
        conversation.id, conversation.part, None, reason, item.exchange.budget,
        error=error, undelivered=True,
    )  # fmt: skip
