"""The table of a library: how it is made, opened and known by its format."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.base.retrieval_errors import LibraryError, LibraryFormatError
from agentcore.retrieval.embedder import Embedder
from agentcore.retrieval.engine import engine_errors, retried

__all__ = ["INDEX", "open_table", "schema_of"]

INDEX: Final = "words_idx"
_NAME: Final = "passages"
_FORMAT_KEY: Final = b"agentcore.library"
_VERSION: Final = 1

_opened_in: int | None = None  # the process that opened a library first


def open_table(
    place: str, embedder: Embedder, options: Mapping[str, str] | None, *, create: bool
) -> Any:
    """Return the table of a library, as the running process has it.

    Args:
        place: a folder or a URL.
        options: what the object storage needs to know.
        create: whether to make it if it is not there.

    Returns:
        the table of LanceDB; ``None`` if it is not there and is not to be made.

    Raises:
        ExtraMissingError: the package ``lancedb`` is not installed.
        LibraryFormatError: it is of another version, made with another embedder, or no library.
        LibraryError: it cannot be read or made.
    """
    _check_process()
    # Its warnings of conflicts, which are tried again, would stand among what the program prints.
    os.environ.setdefault("LANCEDB_LOG", "error")
    lancedb = import_extra("lancedb", "retrieval", "Library")
    is_folder = "://" not in place
    if is_folder and not create and not Path(place, f"{_NAME}.lance").is_dir():
        return None  # to connect would make the folder
    with engine_errors(f"the library {place} cannot be opened"):
        database = lancedb.connect(
            place,
            # Whatever any process has written is read, at the price of a look at the version.
            read_consistency_interval=timedelta(0),
            storage_options=None if options is None else dict(options),
        )
        table = _opened(database)
        if table is None and create:
            table = _created(database, embedder)
        if table is None and is_folder and os.listdir(Path(place, f"{_NAME}.lance")):
            raise LibraryFormatError(
                f"{place} holds no library that can be read: its files are "
                "damaged or of something else; choose another folder"
            )
        if table is None:
            return None
        _check_format(place, table, embedder)
        retried(lambda: _index(table))
    return table


def _check_process() -> None:
    """Refuse to go on in a process that was forked after a library was opened: it would hang."""
    global _opened_in
    _opened_in = _opened_in or os.getpid()
    if _opened_in != os.getpid():
        raise LibraryError(
            "this process was forked from one that had opened a library, and the engine's threads "
            "are not in it: start processes by 'spawn' or 'forkserver', as "
            "multiprocessing.get_context('spawn').Process"
        )


def schema_of(embedder: Embedder) -> Any:
    """Return the schema of a table whose vectors an embedder makes."""
    arrow = import_extra("pyarrow", "retrieval", "Library")
    written = {"version": _VERSION, "embedder": embedder.name, "dimensions": embedder.dimensions}
    # By its primary key the engine sees that two processes add the same passage at once.
    key = {"lance-schema:unenforced-primary-key": "true"}
    return arrow.schema(
        [
            arrow.field("id", arrow.string(), nullable=False, metadata=key),
            arrow.field("document", arrow.string(), nullable=False),
            arrow.field("source", arrow.string(), nullable=False),
            arrow.field("owner", arrow.string(), nullable=False),
            arrow.field("position", arrow.int32(), nullable=False),
            arrow.field("text", arrow.string(), nullable=False),
            arrow.field("words", arrow.string(), nullable=False),
            arrow.field("content", arrow.string(), nullable=False),
            arrow.field("metadata", arrow.json_()),
            arrow.field("stamp", arrow.string(), nullable=False),
            arrow.field("vector", arrow.list_(arrow.float32(), embedder.dimensions)),
        ],
        metadata={_FORMAT_KEY: json.dumps(written).encode()},
    )


def _opened(database: Any) -> Any:
    try:
        return database.open_table(_NAME)
    except ValueError as error:
        if "was not found" in str(error):
            return None
        raise


def _created(database: Any, embedder: Embedder) -> Any:
    with contextlib.suppress(ValueError):  # another process has just made it
        return database.create_table(_NAME, schema=schema_of(embedder))
    return database.open_table(_NAME)


def _index(table: Any) -> None:
    """Make the full-text index if there is none: a search finds rows that it does not have yet."""
    if any(index.name == INDEX for index in table.list_indices()):
        return
    configuration = import_extra("lancedb.index", "retrieval", "Library").FTS(
        base_tokenizer="simple",
        language="English",
        stem=True,
        remove_stop_words=True,
        ascii_folding=True,
        lower_case=True,
    )
    table.create_index("words", config=configuration, name=INDEX, replace=False)


def _check_format(place: str, table: Any, embedder: Embedder) -> None:
    metadata = table.schema.metadata or {}
    try:
        found = json.loads(metadata[_FORMAT_KEY])
        version, name, dimensions = found["version"], found["embedder"], found["dimensions"]
    except (KeyError, TypeError, ValueError):
        raise LibraryFormatError(
            f"{place} holds a table that is no library of agentcore: choose another folder"
        ) from None
    if version != _VERSION:
        raise LibraryFormatError(
            f"the library {place} is of version {version}, and this agentcore reads version "
            f"{_VERSION}: use the agentcore that made it, or add the documents to a new folder"
        )
    if (name, dimensions) != (embedder.name, embedder.dimensions):
        raise LibraryFormatError(
            f"the library {place} was made with the embedder {name!r} ({dimensions} dimensions), "
            f"and not with {embedder.name!r} ({embedder.dimensions}): give embedder= the one it "
            "was made with, or add the documents to a new folder"
        )
