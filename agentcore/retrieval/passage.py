"""`Passage`: a piece of a document, as a search finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["Passage"]


@attrs.frozen
class Passage:
    """A piece of a document, as a search finds it.

    Attributes:
        text: the words.
        source: the document: the path or the name under which it was added.
        score: how well it fits: higher is better. Scores of one search can be compared with each
            other, and with nothing else.
        metadata: what was given with the document.
        owner: whose it is; empty for everybody's.
        position: which passage of its document it is, from 0.
        id: its identity in the library.
    """

    text: str
    source: str
    score: float = 0.0
    metadata: Mapping[str, Any] = attrs.field(factory=dict)
    owner: str = ""
    position: int = 0
    id: str = ""
