"""`Retriever`: what is searched for passages that fit a text, as agents know a library."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol, runtime_checkable

__all__ = ["Found", "Retriever"]


class Found(Protocol):
    """A passage that was found: any object with these attributes, such as a `Passage`."""

    @property
    def text(self) -> str:
        """The words."""

    @property
    def source(self) -> str:
        """The document that it is of."""


@runtime_checkable
class Retriever(Protocol):
    """What can be searched for passages: any object with this method, such as a `Library`.

    An agent may be given it in one process and live in another, so it must be picklable.
    """

    def search(
        self, query: str, *, limit: int, owner: str | None
    ) -> Sequence[Found] | Awaitable[Sequence[Found]]:
        """Return the passages that fit best, the best first.

        It is called on a thread, so it may block; an ``async def`` is awaited.

        Args:
            query: what is searched for, in words.
            limit: how many passages, at the most.
            owner: whose passages are found beside those of everybody; ``None`` for nobody's.
        """
