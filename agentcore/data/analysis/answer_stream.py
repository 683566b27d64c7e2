"""`AnswerStream`: the steps of an answer as they are done, its text, and the answer itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from agentcore.base.data_errors import DataError
from agentcore.data.analysis.piece import Piece
from agentcore.data.answer import Answer, Step
from agentcore.protocol.agent_ref import StreamChunks

__all__ = ["AnswerStream"]


class AnswerStream(Iterator[Piece], AsyncIterator[Piece]):
    """An iterator over the pieces of an answer, also for ``async for``.

    Each piece is a step that was done, some of the answer's text, or the end, which has the answer.
    To close it before its end stops the question.
    """

    def __init__(self, chunks: StreamChunks) -> None:
        self._chunks = chunks
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """The answer, once all pieces were read.

        Raises:
            DataError: they were not.
        """
        if self._answer is None:
            raise DataError("the answer is not there yet: read the stream to its end first")
        return self._answer

    def __iter__(self) -> AnswerStream:
        return self

    def __next__(self) -> Piece:
        return self._piece(*next(self._chunks))

    def __aiter__(self) -> AnswerStream:
        return self

    async def __anext__(self) -> Piece:
        return self._piece(*await anext(self._chunks))

    def read(self) -> Answer:
        """Read the stream to its end, and return the answer; Ctrl-C stops the question."""
        try:
            for _ in self:
                pass
        except BaseException:
            self.close()
            raise
        return self.answer

    async def a_read(self) -> Answer:
        """`read` for ``async def`` callers; cancelling it stops the question."""
        try:
            async for _ in self:
                pass
        except BaseException:
            self.close()
            raise
        return self.answer

    def close(self) -> None:
        """Stop reading, and the question, if it is not answered yet."""
        self._chunks.close()

    def __enter__(self) -> AnswerStream:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _piece(self, text: str, about: Any) -> Piece:
        if "failure" in about:
            self.close()
            raise about["failure"]
        if "step" in about:
            step = Step(**about["step"])
            return Piece("", step.kind, step)
        if "answer" in about:
            self._answer = Answer.from_plain(about["answer"])
            return Piece("", "answer", answer=self._answer)
        return Piece(text)
