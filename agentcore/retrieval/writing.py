"""Documents into the table: what is new of them is embedded, and what is gone is deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.base.extras import import_extra
from agentcore.retrieval.chunking import passages_of
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.engine import engine_errors, retried
from agentcore.retrieval.filters import one_of
from agentcore.retrieval.table import schema_of
from agentcore.retrieval.words import index_words

__all__ = ["Text", "document_id", "write"]

_BATCH: Final = 32  # passages that are embedded in one call


@attrs.frozen
class Text:
    """A document's text, and whose it is."""

    text: str
    source: str
    metadata: Mapping[str, Any]
    owner: str

    @property
    def document(self) -> str:
        """Its identity in the library."""
        return document_id(self.source, self.owner)


def document_id(source: str, owner: str) -> str:
    """Return the identity of a document: that of an owner is never that of another."""
    return _digest(f"{len(owner)}:{owner}{source}")


def write(table: Any, embedder: Embedder, texts: Sequence[Text], size: int) -> int:
    """Put documents into the table, in one commit; each replaces the one of its source and owner.

    Args:
        size: how wide a passage is at the most.

    Returns:
        how many passages had to be embedded.
    """
    rows = [row for text in texts for row in _rows(text, size)]
    with engine_errors("the documents cannot be added"):
        embedded = _embed(table, embedder, rows)
        data = import_extra("pyarrow", "retrieval", "Library").Table.from_pylist(
            rows, schema=schema_of(embedder)
        )
        replaced = one_of("document", (text.document for text in texts))
        retried(
            lambda: (
                table.merge_insert("id")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .when_not_matched_by_source_delete(replaced)
                .execute(data)
            )
        )
    return embedded


def _rows(text: Text, size: int) -> Iterable[dict[str, Any]]:
    metadata = json.dumps(dict(text.metadata), ensure_ascii=False)
    for position, passage in enumerate(passages_of(text.text, size)):
        yield {
            "id": f"{text.document}-{position}",
            "document": text.document,
            "source": text.source,
            "owner": text.owner,
            "position": position,
            "text": passage,
            "words": index_words(passage),
            "content": _digest(passage),
            "metadata": metadata,
        }


def _embed(table: Any, embedder: Embedder, rows: list[dict[str, Any]]) -> int:
    """Give each row its vector: that of a passage of the same text, if the table has one."""
    known = _known(table, {row["content"]: None for row in rows})
    new = {row["content"]: row["text"] for row in rows if row["content"] not in known}
    contents, passages = list(new), list(new.values())
    for start in range(0, len(passages), _BATCH):
        part = slice(start, start + _BATCH)
        vectors = embedder.embed_documents(passages[part])
        known.update(zip(contents[part], vectors, strict=True))
    for row in rows:
        row["vector"] = known[row["content"]]
    return len(new)


def _known(table: Any, contents: Iterable[str]) -> dict[str, Any]:
    wanted = list(contents)
    if not wanted:
        return {}
    found = table.search().where(one_of("content", wanted)).select(["content", "vector"])
    return {row["content"]: row["vector"] for row in found.limit(None).to_list()}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
