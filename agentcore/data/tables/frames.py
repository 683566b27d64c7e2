"""`Frame`: the rows of a table on their way to a Parquet file, and the kinds of its columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.column_kinds import ColumnSurvey, Plan, converted
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.names import column_names

__all__ = ["Found", "Frame", "known_types", "settled"]

Chunks: TypeAlias = Callable[[Collection[int]], Iterator[Any]]
_SHOWN: Final = 8  # columns whose notes are told


@attrs.frozen
class Found:
    """A table as a reader has found it.

    Attributes:
        part: the sheet or table of the file; empty if the file has but one.
        originals: the names of the columns, as the file has them.
        chunks: gives its rows anew at each call, as data frames whose columns have numbers; the
            columns whose numbers it gets are to be texts.
        notes: what was assumed.
        decimal: the decimal mark, if it is known.
        blank_rows: whether rows without any value count.
    """

    part: str
    originals: tuple[str, ...]
    chunks: Chunks
    notes: tuple[str, ...] = ()
    decimal: str | None = None
    blank_rows: bool = True


@attrs.frozen
class Frame:
    """A table as it is going to be kept.

    Attributes:
        part: the sheet or table of the file; empty if the file has but one.
        originals: the names of the columns, as the file has them.
        schema: the names and types of the columns, as a ``pyarrow.Schema``.
        batches: the rows, as tables of pyarrow; they can be read once.
        notes: what was assumed.
    """

    part: str
    originals: tuple[str, ...]
    schema: Any
    batches: Iterable[Any]
    notes: tuple[str, ...] = ()


def settled(found: Found, corrections: Corrections) -> Frame:
    """Return a table with names and kinds of its columns; its rows are read once for that.

    Raises:
        DataFileError: a type is given for no column, or does not fit.
    """
    names = column_names(found.originals)
    types = known_types(names, found.originals, corrections)
    texts = {names.index(name) for name, kind in types.items() if kind == "text"}
    surveys = [ColumnSurvey(found.decimal, types.get(name)) for name in names]
    kept_chunk, count, blank = None, 0, 0
    for count, chunk in enumerate(found.chunks(texts), 1):
        rows, without = _rows(chunk, found.blank_rows)
        blank += without
        for number, survey in enumerate(surveys):
            survey.add(rows[number])
        kept_chunk = rows if count == 1 else None
    plans = [survey.plan() for survey in surveys]
    kept = [
        number
        for number, survey in enumerate(surveys)
        if found.originals[number].strip() or survey.has_values
    ]
    if kept_chunk is not None or count == 0:
        chunks: Iterable[Any] = [] if kept_chunk is None else [kept_chunk]
    else:
        texts |= {number for number in kept if plans[number].kind == "text"}
        chunks = (_rows(chunk, found.blank_rows)[0] for chunk in found.chunks(texts))
    pyarrow = import_extra("pyarrow", "data", "reading files")
    schema = pyarrow.schema([(names[number], plans[number].arrow_type()) for number in kept])
    return Frame(
        found.part,
        tuple(found.originals[number] for number in kept),
        schema,
        (_batch(chunk, kept, names, plans, schema) for chunk in chunks),
        (*found.notes, *_notes(names, plans, blank, len(names) - len(kept))),
    )


def known_types(
    names: list[str], originals: Iterable[str], corrections: Corrections
) -> Mapping[str, str]:
    """Return the types that were given, by the columns' final names.

    Raises:
        DataFileError: there is no such column.
    """
    renamed = dict(zip(originals, names, strict=True)) | dict(zip(names, names, strict=True))
    for column in corrections.types:
        if column not in renamed:
            hint = did_you_mean(column, names) or f"; there are {', '.join(names)[:500]}"
            raise DataFileError(f"types= names a column {column!r}, which is not there{hint}")
    return {renamed[column]: kind for column, kind in corrections.types.items()}


def _rows(chunk: Any, blank_rows: bool) -> tuple[Any, int]:
    """Return the rows that count, and how many do not."""
    if blank_rows:
        return chunk, 0
    blank = chunk.isna().all(axis=1)
    count = int(blank.sum())
    return (chunk[~blank].reset_index(drop=True) if count else chunk), count


def _batch(chunk: Any, kept: list[int], names: list[str], plans: list[Plan], schema: Any) -> Any:
    pyarrow = import_extra("pyarrow", "data", "reading files")
    columns = []
    for number in kept:
        try:
            columns.append(converted(chunk[number], plans[number]))
        except (ValueError, TypeError, OverflowError) as error:
            raise DataFileError(
                f"column {names[number]!r} cannot be read as {plans[number].kind}: {error}"
            ) from error
    return pyarrow.table(columns, schema=schema)


def _notes(names: list[str], plans: list[Plan], blank: int, dropped: int) -> list[str]:
    notes = []
    if blank:
        notes.append(f"{blank} empty rows were left out.")
    if dropped:
        notes.append(f"{dropped} columns without name and values were left out.")
    said: dict[str, list[str]] = {}
    for name, plan in zip(names, plans, strict=True):
        if plan.note:
            said.setdefault(plan.note, []).append(repr(name))
    for note, columns in said.items():
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        notes.append(f"In {', '.join(columns[:_SHOWN])}{more}, {note}.")
    return notes
