"""`Document`: a text that is put into a library; `Added` and `Progress`: what became of some."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.base.plain_data import plain_data
from agentcore.base.retrieval_errors import DocumentError
from agentcore.base.unicode_text import valid_text, valid_texts

__all__ = ["Added", "Document", "Progress", "document_id"]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text, source and owner of a document are str, not {value!r:.100}")
    return valid_text(value).replace("\0", "")


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"metadata= is a dict as {{'year': 2023}}, not {value!r:.100}")
    plain: dict[str, Any] = valid_texts(plain_data(dict(value or {}), "metadata"))
    return {str(key): each for key, each in plain.items()}


@attrs.frozen
class Document:
    """A text for a library. One of the same source and owner replaces it.

    Attributes:
        text: the text. A line that begins with ``#`` is a heading, and blank lines part paragraphs.
        source: its name, as a path, an address or a title.
        metadata: what else is known of it, of what JSON has; searches can ask for it.
        owner: who may find it; empty for everybody.
        stamp: of a file, what changes when it is written to.

    Raises:
        DocumentError: there is no text in it, or it has no name.
        MessageTypeError: the metadata has something that JSON has not.
        TypeError: something is of another type.
    """

    text: str = attrs.field(converter=_text)
    source: str = attrs.field(converter=_text, kw_only=True)
    metadata: Mapping[str, Any] = attrs.field(default=None, converter=_plain, kw_only=True)
    owner: str = attrs.field(default="", converter=_text, kw_only=True)
    stamp: str = attrs.field(default="", converter=_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.source:
            raise DocumentError("source= of a document is empty: give it a name")
        if not self.text.strip():
            raise DocumentError(f"{self.source} has no text", source=self.source)

    @property
    def id(self) -> str:
        """Its identity in a library."""
        return document_id(self.source, self.owner)


def document_id(source: str, owner: str) -> str:
    """Return the identity of a document: that of an owner is never that of another."""
    named = f"{len(owner)}:{owner}{source}"
    return hashlib.blake2b(valid_text(named).encode(), digest_size=16).hexdigest()


@attrs.frozen
class Added:
    """What was put into a library.

    Attributes:
        sources: the documents that were added or replaced.
        passages: how many passages they have.
        embedded: how many of these had to be embedded; the library knew the others.
    """

    sources: tuple[str, ...] = ()
    passages: int = 0
    embedded: int = 0


@attrs.frozen
class Progress:
    """How far the adding of documents has come.

    Attributes:
        done: documents that can be found.
        total: documents that were given.
        passages: passages that have their vectors, which is what takes time.
        source: the document that was read last.
    """

    done: int
    total: int
    passages: int
    source: str
