"""`WordEmbedder`: vectors without a model, for tests of what searches a library."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import attrs

__all__ = ["WordEmbedder"]

_WORD: Final = re.compile(r"[^\W_a-z]|[a-z0-9]+")


@attrs.frozen
class WordEmbedder:
    """Vectors of the words in a text, made in no time: texts with common words are near.

    It knows no meaning and no forms of words. Every character of Chinese is a word.

    Attributes:
        dimensions: the length of the vectors; in short ones, different words coincide.
        name: the name under which a library knows it.
    """

    dimensions: int = 64
    name: str = "words"

    def embed_documents(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of passages, in their order."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> Sequence[float]:
        """Return the vector of what is searched."""
        vector = [0.0] * self.dimensions
        for word in _WORD.findall(text.lower()):
            vector[crc32(word.encode()) % self.dimensions] += 1.0
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector] if length else [1.0, *vector[1:]]
