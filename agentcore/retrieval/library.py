"""`Library`: documents that are found by meaning and by words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from agentcore.base.retrieval_errors import DocumentError
from agentcore.retrieval.document import Added, Document, Progress, document_id
from agentcore.retrieval.document_files import document_files, file_document, names_of, stamp_of
from agentcore.retrieval.embedder import Embedder, LocalEmbedder
from agentcore.retrieval.engine import engine_errors, retried
from agentcore.retrieval.filters import literal, one_of, scope_sql
from agentcore.retrieval.ingest import Ingest
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.searching import COLUMNS, Search, as_passages
from agentcore.retrieval.table import open_table

__all__ = ["Library"]

_SMALLEST_CHUNK: Final = 100


class Library:
    """Documents that are found by meaning and by words, in a folder or an object storage.

    It pickles as its place and settings, and each process opens it for itself. Any number of
    processes may add, delete and search at once: nothing is lost, and a search sees what was
    written before it began. It is made when the first document is added; until then it is empty.

    Each document has an owner, or is everybody's. Whoever asks sees their own documents and
    everybody's, and changes their own alone. Without an owner one sees everybody's.

    Args:
        place: a folder, or the URL of a folder in an object storage, as ``s3://bucket/library``.
        embedder: what makes the vectors; by default a `LocalEmbedder`.
        chunk: how many characters a passage has at the most; wide ones, as Chinese, count twice.
        storage_options: what the object storage has to know, as ``region`` or ``endpoint``; by
            default that is taken from the environment, as its vendor has it.

    Raises:
        TypeError: the embedder is none.
        ValueError: the passages would be too small, or the place is empty.
    """

    def __init__(
        self,
        place: str | os.PathLike[str],
        *,
        embedder: Embedder | None = None,
        chunk: int = 1200,
        storage_options: Mapping[str, str] | None = None,
    ) -> None:
        text = os.fspath(place)
        if not text:
            raise ValueError("a library has a place: a folder, or a URL as s3://bucket/library")
        if type(chunk) is not int or chunk < _SMALLEST_CHUNK:
            raise ValueError(f"chunk= is {_SMALLEST_CHUNK} characters or more, not {chunk!r}")
        if embedder is not None and not isinstance(embedder, Embedder):
            raise TypeError(
                "embedder= has name, dimensions, embed_documents and embed_query; "
                f"{embedder!r:.100} has not"
            )
        self._place = text if "://" in text else os.path.abspath(os.path.expanduser(text))
        self._embedder = LocalEmbedder() if embedder is None else embedder
        self._chunk = chunk
        self._options = None if storage_options is None else dict(storage_options)
        self._table: Any = None
        self._process = 0  # where the table was opened

    @property
    def place(self) -> str:
        """The folder, as an absolute path, or the URL."""
        return self._place

    @property
    def embedder(self) -> Embedder:
        """What makes the vectors."""
        return self._embedder

    def __repr__(self) -> str:
        return f"Library({self._place!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_table": None}

    def add(
        self,
        *sources: str | os.PathLike[str],
        metadata: Mapping[str, Any] | None = None,
        owner: str = "",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Added:
        """Add files. One that was added before is replaced, and only what is new is embedded.

        Args:
            sources: files, folders with all that is below them, and patterns as ``notes/*.md``.
                Read are plain text, Markdown, HTML, PDF and Word (docx), in any usual encoding.
            metadata: what is known of them, for `search`.
            owner: who may find them; empty for everybody.
            on_progress: is called every few passages, as long ones take a while.

        Returns:
            what was added. The source of a file is its absolute path.

        Raises:
            DocumentError: a source is not there, and nothing was added; or some files cannot be
                read, and all others were added.
            ExtraMissingError: a package of the extra ``retrieval`` is not installed.
            LibraryFormatError: the place holds something else, or needs another embedder.
            LibraryError: the library cannot be written.
        """
        files = document_files(sources)
        reads = [partial(file_document, each, metadata, owner) for each in files]
        return self._ingest(reads, on_progress)

    def add_text(
        self,
        text: str,
        *,
        source: str,
        metadata: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> Added:
        """Add a text under a name. One of the same name and owner is replaced.

        Raises:
            DocumentError: there is no text in it.
            LibraryError: as for `add`.
        """
        return self.add_texts([Document(text, source=source, metadata=metadata, owner=owner)])

    def add_texts(
        self,
        documents: Iterable[Document],
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Added:
        """Add many texts at once, which takes much less time than one by one.

        Raises:
            LibraryError: as for `add`.
        """
        given = list(documents)
        for each in given:
            if not isinstance(each, Document):
                raise TypeError(f"add_texts() takes a list of Document, not of {each!r:.100}")
        return self._ingest([partial(_itself, each) for each in given], on_progress)

    def update(
        self,
        *sources: str | os.PathLike[str],
        owner: str = "",
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Added:
        """Read files again that have changed since they were added, and drop those that are gone.

        They keep their metadata.

        Args:
            sources: which of the owner's files; without one all of them.

        Returns:
            what was replaced.

        Raises:
            DocumentError: a file cannot be read, whose old text is kept; or was never added.
            LibraryError: as for `add`.
        """
        wanted = {os.path.abspath(os.path.expanduser(each)): None for each in sources}
        kept = self._read(f"owner = {literal(owner)} AND position = 0 AND stamp != ''", "stamp")
        files = {row["source"]: row for row in kept if not wanted or row["source"] in wanted}
        for each in wanted:
            if each not in files:
                raise DocumentError(f"{each} is not in the library: add it first", source=each)
        reads = []
        for source, row in files.items():
            if not os.path.exists(source):
                self.delete(source, owner=owner)
            elif stamp_of(Path(source)) != row["stamp"]:
                metadata = as_passages([(0.0, row)])[0].metadata
                reads.append(partial(file_document, Path(source), metadata, owner))
        return self._ingest(reads, on_progress)

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        kind: str = "hybrid",
        where: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> tuple[Passage, ...]:
        """Return the passages that fit a question or some words best, the best first.

        Args:
            query: the question, in the language of the documents or another one of the embedder.
            limit: how many at the most.
            kind: ``vector`` for meaning, ``text`` for words, ``hybrid`` for both.
            where: which metadata the documents have to have: ``{"year": 2023}``,
                ``{"year": [2022, 2023]}`` for one of these, ``{"year": {">=": 2020}}``.
            owner: who asks, and so finds their own documents as well as everybody's.

        Raises:
            LibraryFormatError: the place holds something else, or needs another embedder.
            LibraryError: the library cannot be read.
            ValueError: the query is empty, or there is no such kind or comparison.
        """
        search = Search(query, limit, kind, scope_sql(owner, where))
        table = self._open()
        return () if table is None else search.run(table, self._embedder)

    def passages(
        self,
        source: str | os.PathLike[str] | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> tuple[Passage, ...]:
        """Return the passages of one document, or of all, in their order.

        Raises:
            LibraryError: as for `search`.
        """
        condition = scope_sql(owner, where)
        if source is not None:
            condition += f" AND {one_of('source', names_of(source))}"
        rows = sorted(
            self._read(condition), key=lambda row: (row["source"], row["owner"], row["position"])
        )
        return as_passages([(0.0, row) for row in rows])

    def delete(self, source: str | os.PathLike[str], *, owner: str = "") -> int:
        """Delete a document of an owner, and return how many passages it had; 0 if it is not there.

        Raises:
            LibraryError: the library cannot be written.
        """
        table = self._open()
        if table is None:
            return 0
        condition = one_of("document", [document_id(each, owner) for each in names_of(source)])
        with engine_errors(f"{source} cannot be deleted"):
            return int(retried(lambda: table.delete(condition)).num_deleted_rows)

    def sources(self, *, owner: str | None = None) -> tuple[str, ...]:
        """Return the names of the documents that an owner sees, in order.

        Raises:
            LibraryError: as for `search`.
        """
        rows = self._read(f"{scope_sql(owner)} AND position = 0")
        return tuple(sorted({row["source"] for row in rows}))

    def count(self, *, owner: str | None = None) -> int:
        """Return the number of passages that an owner sees.

        Raises:
            LibraryError: as for `search`.
        """
        table = self._open()
        with engine_errors(f"the library {self._place} cannot be read"):
            return 0 if table is None else int(table.count_rows(scope_sql(owner)))

    def _ingest(
        self,
        reads: Sequence[Callable[[], Document]],
        on_progress: Callable[[Progress], None] | None,
    ) -> Added:
        if not reads:
            return Added()
        table = self._open(create=True)
        return Ingest(table, self._embedder, self._chunk, len(reads), on_progress).run(reads)

    def _read(self, condition: str, *columns: str) -> list[dict[str, Any]]:
        table = self._open()
        if table is None:
            return []
        with engine_errors(f"the library {self._place} cannot be read"):
            found = table.search().where(condition).select([*COLUMNS, *columns])
            rows: list[dict[str, Any]] = found.limit(None).to_list()
            return rows

    def _open(self, *, create: bool = False) -> Any:
        if self._table is None or self._process != os.getpid():
            self._table = open_table(self._place, self._embedder, self._options, create=create)
            self._process = os.getpid()
        return self._table


def _itself(document: Document) -> Document:
    return document
