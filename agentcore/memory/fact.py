"""`Fact`: something that is remembered of earlier chats."""

from __future__ import annotations

import attrs

__all__ = ["Fact"]


@attrs.frozen
class Fact:
    """Something that is remembered of earlier chats.

    Attributes:
        id: names it, for `Memory.correct` and `Memory.forget`.
        text: one sentence.
        about: the word or the matter that it is about.
        owner: whose memory it is in.
        learned: when it was learned or corrected last: date and time in UTC, in ISO 8601.
    """

    id: str
    text: str
    about: str = ""
    owner: str = ""
    learned: str = ""

    def __str__(self) -> str:
        return self.text
