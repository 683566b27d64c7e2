"""Many documents into a library: in batches, so that memory is bounded and what is done stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs

from agentcore.base.retrieval_errors import DocumentError
from agentcore.retrieval.document import Added, Document, Progress
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.writing import keep_up, write

__all__ = ["Ingest"]

_BATCH: Final = 1_000_000  # characters that are written in one commit
_MOST_NAMED: Final = 5  # documents that an error names


@attrs.define
class Ingest:
    """The adding of some documents.

    Attributes:
        table: where to.
        embedder: what makes the vectors.
        size: how wide a passage is at the most.
        total: how many documents are to come.
        on_progress: is called after each few passages.
    """

    table: Any
    embedder: Embedder
    size: int
    total: int
    on_progress: Callable[[Progress], None] | None = None
    _sources: list[str] = attrs.field(factory=list, init=False)
    _passages: int = attrs.field(default=0, init=False)
    _embedded: int = attrs.field(default=0, init=False)
    _with_vectors: int = attrs.field(default=0, init=False)
    _newest: str = attrs.field(default="", init=False)

    def run(self, readers: Iterable[Callable[[], Document]]) -> Added:
        """Add documents, each of which is read when its turn has come.

        Raises:
            DocumentError: some could not be read; all others were added.
            LibraryError: they could not be written; those of earlier batches were.
        """
        unreadable: list[DocumentError] = []
        batch: list[Document] = []
        for read in readers:
            try:
                batch.append(read())
            except DocumentError as error:
                unreadable.append(error)
                continue
            self._newest = batch[-1].source
            if sum(len(document.text) for document in batch) >= _BATCH:
                self._write(batch)
                batch = []
        if batch:
            self._write(batch)
        if self._sources:
            keep_up(self.table)
        if unreadable:
            raise self._not_all(unreadable)
        return Added(tuple(self._sources), self._passages, self._embedded)

    def _write(self, batch: list[Document]) -> None:
        passages, embedded = write(self.table, self.embedder, batch, self.size, self._has_vectors)
        self._passages += passages
        self._embedded += embedded
        self._sources += dict.fromkeys(document.source for document in batch)
        self._report()

    def _has_vectors(self, passages: int) -> None:
        self._with_vectors += passages
        self._report()

    def _report(self) -> None:
        if self.on_progress is not None:
            done = len(self._sources)
            self.on_progress(Progress(done, self.total, self._with_vectors, self._newest))

    def _not_all(self, unreadable: list[DocumentError]) -> DocumentError:
        if len(unreadable) == self.total == 1:
            return unreadable[0]
        named = "; ".join(str(error) for error in unreadable[:_MOST_NAMED])
        more = "; ..." if len(unreadable) > _MOST_NAMED else ""
        text = (
            f"{len(unreadable)} of {self.total} documents could not be read, the others were "
            f"added: {named}{more}"
        )
        return DocumentError(text, source=unreadable[0].source)
