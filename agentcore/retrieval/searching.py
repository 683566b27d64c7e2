"""A search: by words, by meaning, or by both."""

from __future__ import annotations

import json
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.engine import engine_errors
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.ranking import fused
from agentcore.retrieval.words import index_words

__all__ = ["KINDS", "list_table", "search_table"]

KINDS: Final = ("hybrid", "vector", "text")
_COLUMNS: Final = ["id", "source", "owner", "position", "text", "metadata"]
_DEPTH: Final = 100  # how many passages of either kind a hybrid search looks at
_LONGEST_QUERY: Final = 2_000  # characters of which words are looked up

Row = dict[str, Any]


def search_table(
    table: Any, embedder: Embedder, query: str, *, limit: int, kind: str, condition: str
) -> tuple[Passage, ...]:
    """Return the passages that fit best, the best first.

    Args:
        kind: one of `KINDS`.
        condition: which passages may be found, in SQL.

    Raises:
        LibraryError: the table cannot be read.
    """
    with engine_errors("the library cannot be searched"):
        depth = max(limit, _DEPTH) if kind == "hybrid" else limit
        by_words = _by_words(table, query, depth, condition) if kind != "vector" else []
        if kind == "text":
            return _passages([(row["_score"], row) for row in by_words])
        by_meaning = _by_meaning(table, embedder.embed_query(query), depth, condition)
        if kind == "vector":
            return _passages([(1 - row["_distance"], row) for row in by_meaning])
        return _passages(fused(by_meaning, by_words)[:limit])


def list_table(table: Any, condition: str) -> tuple[Passage, ...]:
    """Return the passages of which a condition in SQL holds, by source and position.

    Raises:
        LibraryError: the table cannot be read.
    """
    with engine_errors("the library cannot be read"):
        found = table.search().where(condition).select(_COLUMNS).limit(None)
        rows: list[Row] = found.to_list()
    rows.sort(key=lambda row: (row["source"], row["position"]))
    return _passages([(0.0, row) for row in rows])


def _by_words(table: Any, query: str, limit: int, condition: str) -> list[Row]:
    match = import_extra("lancedb.query", "retrieval", "Library").MatchQuery
    words = match(index_words(query[:_LONGEST_QUERY]), "words")
    found = table.search(words, query_type="fts").where(condition, prefilter=True)
    rows: list[Row] = found.select([*_COLUMNS, "_score"]).limit(limit).to_list()
    return rows


def _by_meaning(table: Any, vector: Any, limit: int, condition: str) -> list[Row]:
    found = table.search(vector, vector_column_name="vector").distance_type("cosine")
    found = found.where(condition, prefilter=True).select([*_COLUMNS, "_distance"])
    rows: list[Row] = found.limit(limit).to_list()
    return rows


def _passages(scored: list[tuple[float, Row]]) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            text=row["text"],
            source=row["source"],
            score=score,
            metadata=json.loads(row["metadata"] or "{}"),
            owner=row["owner"],
            position=row["position"],
            id=row["id"],
        )
        for score, row in scored
    )
