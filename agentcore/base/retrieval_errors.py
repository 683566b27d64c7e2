"""The errors of libraries of documents. `agentcore.errors` draws the whole tree."""

from __future__ import annotations

from agentcore.base.errors import AgentCoreError

__all__ = [
    "DocumentError",
    "FactNotFoundError",
    "LibraryError",
    "LibraryFormatError",
]


class LibraryError(AgentCoreError):
    """A library could not be read or written."""


class LibraryFormatError(LibraryError):
    """The folder holds a library of another version, or made with other embeddings."""


class DocumentError(LibraryError, ValueError):
    """A document could not be read. Nothing of it was added.

    Attributes:
        source: the document's file or name.
    """

    def __init__(self, text: str, *, source: str = "") -> None:
        super().__init__(text)
        self.source = source


class FactNotFoundError(LibraryError, LookupError):
    """No fact of the memory has this id, or it is another owner's."""
