"""Writing a table as a Parquet file, and describing what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from agentcore.base.extras import import_extra
from agentcore.data.tables.frames import Frame
from agentcore.data.tables.loaded_table import Column, LoadedTable
from agentcore.data.tables.numbers_in_text import form_of

__all__ = ["source_in", "written"]

_FEW: Final = 4  # different values, all of which are examples
_EXAMPLES: Final = 3
_LOOKED_AT: Final = 1_000
_SOURCE: Final = b"agentcore.source"


class _Description:
    """What is told of a column, gathered while its rows are written."""

    def __init__(self, name: str, original: str, kind: str) -> None:
        self._name, self._original, self._kind = name, original, kind
        self._missing = 0
        self._form = ""
        self._examples: list[Any] = []

    def add(self, values: Any) -> None:
        """Look at some more values, which are an array of pyarrow."""
        self._missing += values.null_count
        if self._examples:
            return
        known = values.drop_null().slice(0, _LOOKED_AT)
        seen = list(dict.fromkeys(known.to_pylist()))
        examples = seen if len(seen) <= _FEW else seen[:_EXAMPLES]
        self._examples = [
            each if isinstance(each, bool | int | float | str) else str(each) for each in examples
        ]
        if self._kind == "text":
            self._form = form_of(known.to_pandas())

    def column(self) -> Column:
        return Column(
            self._name, self._original, self._kind, self._missing, self._examples, self._form
        )


def written(frame: Frame, name: str, source: str, draft: Path, path: Path) -> LoadedTable:
    """Write a table as a Parquet file, and describe it.

    Args:
        frame: the table.
        name: its name.
        source: where it is from.
        draft: the file that is written.
        path: the file that it becomes in the end.

    Raises:
        OSError: the disk is full, or the file cannot be written.
    """
    parquet = import_extra("pyarrow.parquet", "data", "reading files")
    schema = frame.schema.with_metadata({_SOURCE: source.encode()})
    columns = [
        _Description(field.name, original, _kind(field.type))
        for field, original in zip(schema, frame.originals, strict=True)
    ]
    count = 0
    with parquet.ParquetWriter(draft, schema) as writer:
        for batch in frame.batches:
            writer.write_table(batch.replace_schema_metadata(schema.metadata))
            count += batch.num_rows
            for column, values in zip(columns, batch.columns, strict=True):
                column.add(values)
    described = tuple(column.column() for column in columns)
    return LoadedTable(name, path, described, count, source, frame.notes)


def source_in(path: Path) -> str | None:
    """Return where the table in a Parquet file is from, if `written` has made it."""
    parquet = import_extra("pyarrow.parquet", "data", "reading files")
    try:
        metadata = parquet.read_schema(path).metadata or {}
    except (OSError, ValueError):
        return None
    source = metadata.get(_SOURCE)
    return None if source is None else source.decode()


def _kind(type_: Any) -> str:
    types = import_extra("pyarrow", "data", "reading files").types
    for kind, is_of in (
        ("bool", types.is_boolean),
        ("int", types.is_integer),
        ("float", types.is_floating),
        ("date", types.is_temporal),
    ):
        if is_of(type_):
            return kind
    return "text"
