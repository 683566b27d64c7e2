"""A question to many agents at once, and their answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, overload

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, ChatError, ChatTimeoutError
from agentcore.protocol.envelope import AskAllReply, Conversation, Envelope, Outcome
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import (
    ChatResult,
    Entry,
    StopKind,
    StopReason,
    Transcript,
    chat_result,
    stop_reason,
)

__all__ = ["Answers", "PendingAskAll", "refused_part"]


class Answers(Sequence[ChatResult]):
    """What many agents answered, in the order in which they were asked.

    Each is a `ChatResult`: of two messages, of one if nothing was answered, of none if the agent
    could not be reached. They are made as they are looked at, which few of many may be.
    """

    __slots__ = ("_asker", "_message", "_parts", "_peers")

    def __init__(
        self,
        asker: str,
        message: Message,
        peers: Sequence[AgentRef],
        parts: Sequence[AskAllReply | None],
    ) -> None:
        self._asker = asker
        self._message = message
        self._peers = peers
        self._parts = parts

    @overload
    def __getitem__(self, index: int) -> ChatResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ChatResult, ...]: ...
    def __getitem__(self, index: int | slice) -> ChatResult | tuple[ChatResult, ...]:
        if isinstance(index, slice):
            return tuple(self._result(i) for i in range(*index.indices(len(self._parts))))
        return self._result(range(len(self._parts))[index])

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"Answers({[None if each is None else each.content for each in self.texts]!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Answers, (self._asker, self._message, tuple(self._peers), tuple(self._parts))

    @property
    def parts(self) -> list[AskAllReply]:
        """What came of each part."""
        return list(filter(None, self._parts))

    @property
    def question(self) -> Message:
        """What was asked."""
        return self._message

    @property
    def texts(self) -> list[Message | None]:
        """The answers alone; ``None`` for who gave none."""
        return [None if part is None else part.message for part in self._parts]

    @property
    def error(self) -> BaseException | None:
        """The first failure there was."""
        return next((p.error for p in self._parts if p is not None and p.error is not None), None)

    def entries(self) -> list[Entry]:
        """Give all that was said, by the order of the agents."""
        return [entry for result in self for entry in result.transcript]

    def _result(self, index: int) -> ChatResult:
        part, peer = self._parts[index], self._peers[index].name
        assert part is not None
        items: list[Message | Entry] = [] if part.undelivered else [self._message]
        items += part.nested
        if part.message is not None:
            items.append(part.message)
        stop = part.reason
        if stop is None:
            stop = stop_reason(StopKind.NO_REPLY, self._asker, None, part.message, "")
        return chat_result(Transcript(self._asker, peer, items), stop, "")


class PendingAskAll:
    """A question to many that is not answered by all yet. Its methods are called on any thread.

    Attributes:
        unused: turns of the budget that its parts gave back.
        share: turns that each part has; those of a part that nobody answers are not lost, as
            nothing more can come of it: its time is up, or its agent is gone.
        depth: how many agents wait for its answers, one for the other.
    """

    def __init__(
        self,
        id: str,
        asker: str,
        message: Message,
        peers: Sequence[AgentRef],
        forget: Callable[[str], object],
    ) -> None:
        self.id = id
        self.unused = 0
        self.share = 0
        self.depth = 0
        self.timer: Any = None
        self._asker = asker
        self._message = message
        self._peers = peers
        self._forget = forget
        self._parts: list[AskAllReply | None] = [None] * len(peers)
        self._left = len(peers)
        self._lock = threading.Lock()
        self.answer: Callable[[Outcome], None] = lambda outcome: None

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
        self._forget(self.id)
        if self.timer is not None:
            self.timer.cancel()
        answers = Answers(self._asker, self._message, self._peers, self._parts)
        self.answer(Outcome(answers, self.unused))

    def give_up(self, error: BaseException, kind: StopKind = StopKind.FAILED) -> None:
        """Nobody answers any more: the parts that are left fail."""
        for index, part in enumerate(self._parts):
            if part is None:
                self._fail(index, error, kind)

    def lost(self, place: str, died: Callable[[str], AgentDiedError]) -> None:
        """A process is gone, and the agents there with it."""
        for index, peer in enumerate(self._peers):
            if peer.place == place and self._parts[index] is None:
                self._fail(index, died(peer.name), StopKind.FAILED)

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
        self.take(AskAllReply(self.id, index, None, reason, self.share, error=error))


def refused_part(item: Envelope, error: ChatError) -> AskAllReply:
    """Give what tells that a part of a question did not reach its agent."""
    conversation: Conversation = item.conversation
    reason = StopReason(StopKind.FAILED, conversation.recipient.name, detail=str(error))
    return AskAllReply(
        conversation.id, conversation.part, None, reason, item.exchange.budget,
        error=error, undelivered=True,
    )  # fmt: skip
