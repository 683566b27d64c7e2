"""Documents into the table: what is new of them is embedded, and what is gone is deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from agentcore.base import logger
from agentcore.base.extras import import_extra
from agentcore.base.retrieval_errors import LibraryError
from agentcore.retrieval.chunking import passages_of
from agentcore.retrieval.document import Document
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.engine import engine_errors, is_conflict, retried
from agentcore.retrieval.filters import one_of
from agentcore.retrieval.table import INDEX, schema_of
from agentcore.retrieval.words import index_words

__all__ = ["keep_up", "write"]

_EMBEDDED_AT_ONCE: Final = 32  # passages; the longest of them decides how long it takes
_MOST_FRAGMENTS: Final = 20  # files of few rows, one for each commit
_MOST_UNINDEXED: Final = 1_000  # rows that a text search reads one by one
_VERSIONS_KEPT: Final = timedelta(
    hours=1
)  # a search under way reads the version that it began with

Row = dict[str, Any]
Embedded = Callable[[int], None]


def write(
    table: Any, embedder: Embedder, documents: Iterable[Document], size: int, embedded: Embedded
) -> tuple[int, int]:
    """Put documents into the table in one commit; each replaces the one of its source and owner.

    Args:
        size: how wide a passage is at the most.
        embedded: is told how many more passages have their vectors.

    Returns:
        how many passages the documents have, and how many of them had to be embedded.

    Raises:
        LibraryError: they could not be written; the table is as it was.
    """
    latest = {document.id: document for document in documents}
    rows = [row for document in latest.values() for row in _rows(document, size)]
    new = _embed(table, embedder, rows, embedded)
    arrow = import_extra("pyarrow", "retrieval", "Library")
    data = arrow.Table.from_pylist(rows, schema=schema_of(embedder))
    replaced = one_of("document", latest)
    with engine_errors("the documents cannot be added"):
        # One commit: no search sees half a document, or none while it is replaced.
        retried(
            lambda: (
                table.merge_insert("id")
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .when_not_matched_by_source_delete(replaced)
                .execute(data)
            )
        )
    return len(rows), new


def _rows(document: Document, size: int) -> Iterator[Row]:
    metadata = json.dumps(document.metadata, ensure_ascii=False)
    for position, passage in enumerate(passages_of(document.text, size)):
        yield {
            "id": f"{document.id}-{position}",
            "document": document.id,
            "source": document.source,
            "owner": document.owner,
            "position": position,
            "text": passage,
            "words": index_words(passage),
            "content": hashlib.blake2b(passage.encode(), digest_size=16).hexdigest(),
            "metadata": metadata,
            "stamp": document.stamp,
        }


def _embed(table: Any, embedder: Embedder, rows: Sequence[Row], embedded: Embedded) -> int:
    """Give each row its vector: that of a passage of the same text, if the table has one."""
    vectors = _known(table, dict.fromkeys(row["content"] for row in rows))
    new = {row["content"]: row["text"] for row in rows if row["content"] not in vectors}
    # Of one length in a call: the model reads each as far as the longest goes.
    waiting = sorted(new, key=lambda content: len(new[content]))
    embedded(len(rows) - len(new))
    for start in range(0, len(waiting), _EMBEDDED_AT_ONCE):
        contents = waiting[start : start + _EMBEDDED_AT_ONCE]
        made = embedder.embed_documents([new[content] for content in contents])
        _check_vectors(embedder, made, len(contents))
        vectors.update(zip(contents, made, strict=True))
        embedded(len(contents))
    for row in rows:
        row["vector"] = vectors[row["content"]]
    return len(new)


def _known(table: Any, contents: Iterable[str]) -> dict[str, Any]:
    with engine_errors("the library cannot be read"):
        found = table.search().where(one_of("content", contents)).select(["content", "vector"])
        data = found.limit(None).to_arrow()
    vectors = data["vector"].combine_chunks().flatten().to_numpy()
    return dict(
        zip(data["content"].to_pylist(), vectors.reshape(data.num_rows, -1), strict=True)
        if data.num_rows
        else ()
    )


def _check_vectors(embedder: Embedder, vectors: Sequence[Sequence[float]], count: int) -> None:
    if len(vectors) != count:
        raise LibraryError(
            f"the embedder {embedder.name!r} made {len(vectors)} vectors of {count} texts"
        )
    for vector in vectors:
        if len(vector) != embedder.dimensions:
            raise LibraryError(
                f"the embedder {embedder.name!r} made a vector of {len(vector)} numbers, where it "
                f"says that its dimensions are {embedder.dimensions}"
            )


def keep_up(table: Any) -> None:
    """Join the files of small commits, and index new rows, where there are many of either.

    A search finds them all the same before, but it takes longer.
    """
    try:
        fragments = table.stats()["fragment_stats"]["num_small_fragments"]
        index = table.index_stats(INDEX)
        unindexed = index.num_unindexed_rows if index is not None else 0
        if fragments >= _MOST_FRAGMENTS or unindexed >= _MOST_UNINDEXED:
            table.optimize(cleanup_older_than=_VERSIONS_KEPT)
    # The documents are in it: whatever is wrong here does not undo that, and is tried next time.
    except Exception as error:
        if not is_conflict(error):
            logger.warning("a library could not be optimised: {}", " ".join(str(error).split()))
