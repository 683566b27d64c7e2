"""The answers of many agents to one question, as ``ask_all`` returns them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.packets import AskAllReply
from agentcore.protocol.stop import StopKind, stop_reason
from agentcore.protocol.transcript import ChatResult, Entry, Transcript, chat_result
from agentcore.protocol.usage import NO_USAGE

__all__ = ["Answers"]


class Answers(Sequence[ChatResult]):
    """What many agents answered, in the order in which they were asked.

    Each item is a `ChatResult`. Its transcript has two messages: the question and the answer. It
    has one if the agent answered nothing, and none if the agent could not be reached. An item is
    made when it is looked at, because of many answers a rule may look at only a few::

        answers = self.ask_all("What is 6 x 7?", ["alice", "bob"])
        for answer in answers.texts:
            print("no answer" if answer is None else answer.content)
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
        """What came of each part of the question, as processes tell each other."""
        return list(filter(None, self._parts))

    @property
    def question(self) -> Message:
        """The message that all of them got."""
        return self._message

    @property
    def texts(self) -> list[Message | None]:
        """The answers alone; ``None`` for each agent that gave none."""
        return [None if part is None else part.message for part in self._parts]

    @property
    def error(self) -> BaseException | None:
        """The first failure, in the order of the agents; ``None`` if there was none."""
        return next((p.error for p in self._parts if p is not None and p.error is not None), None)

    def entries(self) -> list[Entry]:
        """Give the messages of all of them, agent by agent."""
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
        return chat_result(Transcript(self._asker, peer, items), stop, None, NO_USAGE)
