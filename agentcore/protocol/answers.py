"""What many agents answered to one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.packets import AskAllReply
from agentcore.protocol.transcript import (
    ChatResult,
    Entry,
    StopKind,
    Transcript,
    chat_result,
    stop_reason,
)

__all__ = ["Answers"]


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
