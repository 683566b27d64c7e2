"""`LibraryAnswer`: what a library's documents say to a question."""

from __future__ import annotations

import attrs

from agentcore.protocol.usage import NO_USAGE, Usage
from agentcore.retrieval.passage import Passage

__all__ = ["LibraryAnswer"]


@attrs.frozen
class LibraryAnswer:
    """What a library's documents say to a question.

    Attributes:
        text: the answer; if there is none, the sentence that says so.
        passages: the passages that the model was shown, the best first.
        found: whether the documents have an answer.
        question: the question as it was searched for: a follow-up made self-contained.
        usage: the tokens that it took.
    """

    text: str
    passages: tuple[Passage, ...] = ()
    found: bool = True
    question: str = ""
    usage: Usage = NO_USAGE

    def __str__(self) -> str:
        return self.text

    @property
    def sources(self) -> tuple[str, ...]:
        """The documents of the passages, each once, the best first."""
        return tuple(dict.fromkeys(passage.source for passage in self.passages))
