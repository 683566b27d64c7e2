"""`Library`: documents that are found by meaning and by words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from agentcore.retrieval.embedder import Embedder, LocalEmbedder
from agentcore.retrieval.engine import engine_errors, retried
from agentcore.retrieval.filters import literal, one_of, where_sql
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.searching import list_table, search_table
from agentcore.retrieval.table import open_table
from agentcore.retrieval.writing import Text, document_id, write

__all__ = ["Library"]


class Library:
    def __init__(
        self,
        place: str | os.PathLike[str],
        *,
        embedder: Embedder | None = None,
        chunk: int = 1200,
        storage_options: Mapping[str, str] | None = None,
    ) -> None:
        text = os.fspath(place)
        self._place = text if "://" in text else os.path.abspath(text)
        self._embedder = LocalEmbedder() if embedder is None else embedder
        self._chunk = chunk
        self._options = None if storage_options is None else dict(storage_options)
        self._table: Any = None

    def add_text(
        self,
        text: str,
        *,
        source: str,
        metadata: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> int:
        write(
            self._open(create=True),
            self._embedder,
            [Text(text, source, metadata or {}, owner)],
            self._chunk,
        )
        return 0

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        kind: str = "hybrid",
        where: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> tuple[Passage, ...]:
        table = self._open()
        if table is None:
            return ()
        return search_table(
            table, self._embedder, query, limit=limit, kind=kind, condition=_scope(owner, where)
        )

    def delete(self, source: str, *, owner: str = "") -> int:
        table = self._open()
        if table is None:
            return 0
        condition = f"document = {literal(document_id(source, owner))}"
        with engine_errors(f"{source} cannot be deleted"):
            return int(retried(lambda: table.delete(condition)).num_deleted_rows)

    def sources(self, *, owner: str | None = None) -> tuple[str, ...]:
        table = self._open()
        if table is None:
            return ()
        rows = (
            table.search()
            .where(_scope(owner, None) + " AND position = 0")
            .select(["source"])
            .to_list()
        )
        return tuple(sorted({row["source"] for row in rows}))

    def passages(
        self, *, where: Mapping[str, Any] | None = None, owner: str | None = None
    ) -> tuple[Passage, ...]:
        """Return all passages, by source and position; those of everybody and of an owner.

        Args:
            where: what their metadata must have: see `search`.
            owner: whose passages, beside those of everybody.

        Raises:
            LibraryError: the library cannot be read.
        """
        table = self._open()
        return () if table is None else list_table(table, _scope(owner, where))

    def count(self, *, owner: str | None = None) -> int:
        table = self._open()
        return 0 if table is None else int(table.count_rows(_scope(owner, None)))

    def _open(self, *, create: bool = False) -> Any:
        if self._table is None:
            self._table = open_table(self._place, self._embedder, self._options, create=create)
        return self._table

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_table": None}


def _scope(owner: str | None, where: Mapping[str, Any] | None) -> str:
    seen = one_of("owner", dict.fromkeys(("", owner or "")))
    return f"{seen} AND {where_sql(where)}" if where else seen
