"""`Piece`: a part of an answer that is streamed."""

from __future__ import annotations

import attrs

from agentcore.data.answer import Answer, Step

__all__ = ["Piece"]


@attrs.frozen
class Piece:
    """A part of an answer that is streamed: a step, some of the text, or the end.

    Attributes:
        text: words of the answer; empty for a step and at the end, so that the texts of all pieces
            are the answer's text.
        kind: the kind of the step, such as ``code``; ``text``; or ``answer`` at the end.
        step: the step, as soon as it is done.
        answer: the whole answer, in the last piece.
    """

    text: str = ""
    kind: str = "text"
    step: Step | None = None
    answer: Answer | None = None
