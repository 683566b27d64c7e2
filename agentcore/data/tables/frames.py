"""`Frame`: the rows of a table on their way to a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.loaded_table import Column, LoadedTable
from agentcore.data.tables.names import column_names
from agentcore.data.tables.numbers_in_text import as_numbers, form_of

__all__ = ["Frame", "tidied", "written"]

_FEW: Final = 4  # different values, all of which are examples
_EXAMPLES: Final = 3


@attrs.frozen
class Frame:
    """A table that was read.

    Attributes:
        part: the sheet or table of the file; empty if the file has but one.
        rows: a ``pandas.DataFrame`` with final names of its columns.
        originals: the names as the file has them.
        notes: what was assumed.
    """

    part: str
    rows: Any
    originals: tuple[str, ...]
    notes: tuple[str, ...] = ()


def tidied(
    part: str, rows: Any, originals: list[str], notes: list[str], corrections: Corrections
) -> Frame:
    """Name the columns, drop what is empty, and read numbers that have marks around them.

    Raises:
        DataFileError: a type that was given does not fit.
    """
    originals = originals + [""] * (rows.shape[1] - len(originals))
    rows.columns = range(rows.shape[1])
    empty = rows.isna().all(axis=1)
    rows = rows[~empty].reset_index(drop=True) if bool(empty.any()) else rows
    kept = [n for n in rows.columns if originals[n].strip() or not bool(rows[n].isna().all())]
    rows = rows[kept]
    originals = [originals[number] for number in kept]
    rows.columns = column_names(originals)
    notes = list(notes)
    if bool(empty.any()):
        notes.append(f"{int(empty.sum())} empty rows were left out.")
    for name in rows.columns:
        if _is_text(rows[name]):
            numbers = as_numbers(rows[name], corrections.decimal)
            if numbers is not None:
                rows = rows.assign(**{name: numbers[0]})
                notes.append(f"In {name!r}, {numbers[1]}.")
    for name, type_ in (corrections.types or {}).items():
        if name in rows.columns:
            try:
                rows = rows.assign(**{name: rows[name].astype(type_)})
            except (TypeError, ValueError) as error:
                raise DataFileError(f"column {name!r} is no {type_!r}: {error}") from error
    return Frame(part, rows, tuple(originals), tuple(notes))


def _is_text(series: Any) -> bool:
    types = import_extra("pandas", "data", "reading files").api.types
    return bool(types.is_string_dtype(series) or types.is_object_dtype(series))


def written(frame: Frame, name: str, source: str, folder: Path) -> LoadedTable:
    """Write a table as a Parquet file, whole or not at all, and describe it.

    Raises:
        DataFileError: the disk is full, or the folder cannot be written.
    """
    rows = frame.rows
    for column in rows.columns:
        if str(rows[column].dtype) == "object":
            rows = rows.assign(**{column: _one_type(rows[column])})
    path, draft = folder / f"{name}.parquet", folder / f".{name}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(draft, index=False)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise DataFileError(
            f"{source} could not be kept in {folder}: {error}", file=source
        ) from error
    columns = tuple(
        _described(rows[column], column, original)
        for column, original in zip(rows.columns, frame.originals, strict=True)
    )
    return LoadedTable(name, path, columns, len(rows), source, frame.notes)


def _one_type(series: Any) -> Any:
    """Return a column of mixed values as texts, since a column in a file has one type."""
    kinds = {type(value) for value in series.dropna()}
    if len(kinds) <= 1:
        return series
    return series.map(lambda value: value if value is None or value != value else str(value))


def _described(series: Any, name: str, original: str) -> Column:
    kind = _kind(series)
    seen = list(dict.fromkeys(series.dropna().head(1_000).tolist()))
    examples = seen if len(seen) <= _FEW else seen[:_EXAMPLES]
    plain = tuple(
        each if isinstance(each, (bool, int, float, str)) else str(each) for each in examples
    )
    form = form_of(series) if kind == "text" else ""
    return Column(name, original, kind, int(series.isna().sum()), plain, form)


def _kind(series: Any) -> str:
    types = import_extra("pandas", "data", "reading files").api.types
    for kind, is_of in (
        ("bool", types.is_bool_dtype),
        ("int", types.is_integer_dtype),
        ("float", types.is_float_dtype),
        ("date", types.is_datetime64_any_dtype),
    ):
        if is_of(series):
            return kind
    return "text"
