"""A search: by words, by meaning, or by both."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.extras import import_extra
from agentcore.base.unicode_text import valid_text
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.engine import engine_errors
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.ranking import fused
from agentcore.retrieval.words import index_words

__all__ = ["COLUMNS", "Search", "as_passages"]

COLUMNS: Final = ("id", "source", "owner", "position", "text", "metadata")
_KINDS: Final = ("hybrid", "vector", "text")
_DEPTH: Final = 100  # how many passages of either kind a hybrid search looks at
_LONGEST_QUERY: Final = 2_000  # characters of which words are looked up

Row = dict[str, Any]


@attrs.frozen
class Search:
    """What is searched.

    Attributes:
        query: a question, or words.
        limit: how many passages are wanted.
        kind: by what: ``hybrid``, ``vector`` or ``text``.
        condition: which passages may be found, in SQL.
    """

    query: str
    limit: int
    kind: str
    condition: str

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.query, str):
            raise TypeError(f"a query is a str, not {self.query!r:.100}")
        if not self.query.strip():
            raise ValueError("the query is empty: give a question, or some words")
        if type(self.limit) is not int or self.limit < 1:
            raise ValueError(f"limit= is a number from 1, not {self.limit!r}")
        if self.kind not in _KINDS:
            hint = did_you_mean(str(self.kind), _KINDS)
            raise ValueError(f"kind= is {', '.join(_KINDS)}, not {self.kind!r}{hint}")

    def run(self, table: Any, embedder: Embedder) -> tuple[Passage, ...]:
        """Return the passages that fit best, the best first.

        Raises:
            LibraryError: the table cannot be read.
        """
        text = valid_text(self.query).replace("\0", " ")
        vector = [] if self.kind == "text" else [float(x) for x in embedder.embed_query(text)]
        with engine_errors("the library cannot be searched"):
            if self.kind == "text":
                rows = self._by_words(table, text, self.limit)
                return as_passages((row["_score"], row) for row in rows)
            if self.kind == "vector":
                rows = self._by_meaning(table, vector, self.limit)
                return as_passages((1 - row["_distance"], row) for row in rows)
            depth = max(self.limit, _DEPTH)
            by_meaning = self._by_meaning(table, vector, depth)
            return as_passages(fused(by_meaning, self._by_words(table, text, depth))[: self.limit])

    def _by_words(self, table: Any, text: str, limit: int) -> list[Row]:
        match = import_extra("lancedb.query", "retrieval", "Library").MatchQuery
        words = match(index_words(text[:_LONGEST_QUERY]), "words")
        return self._found(table.search(words, query_type="fts"), "_score", limit)

    def _by_meaning(self, table: Any, vector: Any, limit: int) -> list[Row]:
        search = table.search(vector, vector_column_name="vector").distance_type("cosine")
        return self._found(search, "_distance", limit)

    def _found(self, search: Any, score: str, limit: int) -> list[Row]:
        search = search.where(self.condition, prefilter=True).select([*COLUMNS, score])
        rows: list[Row] = search.limit(limit).to_list()
        return rows


def as_passages(scored: Iterable[tuple[float, Row]]) -> tuple[Passage, ...]:
    """Return rows of the table, with scores, as passages."""
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
