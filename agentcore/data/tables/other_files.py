"""Reading Excel, Parquet, JSON and SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.csv_files import header_notes
from agentcore.data.tables.encodings import encoding_of, opened
from agentcore.data.tables.frames import Frame, tidied
from agentcore.data.tables.headers import find_header

__all__ = ["read_excel", "read_json", "read_parquet", "read_sqlite"]


def _pandas() -> Any:
    return import_extra("pandas", "data", "reading files")


def _chosen(names: list[str], corrections: Corrections, path: Path, what: str) -> list[str]:
    """Return the sheets or tables that are to be read.

    Raises:
        DataFileError: the file has none of that name or number.
    """
    wanted = corrections.sheet
    if wanted is None:
        return names
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return [names[wanted - 1]]
    if str(wanted) in names:
        return [str(wanted)]
    raise DataFileError(
        f"{path.name} has no {what} {wanted!r}: it has {', '.join(map(repr, names))}",
        file=str(path),
    )


def read_excel(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read each sheet of a workbook that is a table; merged cells count for each cell in them.

    Raises:
        DataFileError: it is no workbook, or has no such sheet, or no table.
    """
    calamine = import_extra("python_calamine", "data", "reading Excel files")
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = _chosen(list(book.sheet_names), corrections, path, "sheet")
        sheets = [(name, _cells(book.get_sheet_by_name(name))) for name in names]
    except (calamine.CalamineError, OSError) as error:
        raise DataFileError(
            f"{path.name} is no workbook of Excel: {error}", file=str(path)
        ) from error
    for name, rows in sheets:
        header = find_header(rows, corrections.header_row)
        data = [] if header is None else rows[header.row + header.lines :]
        if header is None or not any(any(_is_filled(value) for value in row) for row in data):
            continue  # a sheet without rows is a cover page, or a chart
        width = max([len(header.names), *map(len, data)])
        table = [[_value(each) for each in row] + [None] * (width - len(row)) for row in data]
        frame = _pandas().DataFrame(table).infer_objects()
        part = name if len(names) > 1 else ""
        yield tidied(part, _whole(frame), list(header.names), header_notes(header), corrections)


def _cells(sheet: Any) -> list[list[Any]]:
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                rows[row][column] = rows[top][left]
    return rows


def _is_filled(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _value(value: Any) -> Any:
    return value if _is_filled(value) else None


def _whole(frame: Any) -> Any:
    """Return a table with whole numbers as such: a workbook keeps all numbers as fractions."""
    for name in frame.columns:
        series = frame[name]
        full = str(series.dtype) == "float64" and not bool(series.isna().any())
        if full and bool((series % 1 == 0).all()):
            frame[name] = series.astype("int64")
    return frame


def read_parquet(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read a Parquet file.

    Raises:
        DataFileError: it is none.
    """
    try:
        frame = _pandas().read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataFileError(f"{path.name} is no Parquet file: {error}", file=str(path)) from error
    yield tidied("", frame, [str(name) for name in frame.columns], [], corrections)


def read_json(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read JSON lines, or a JSON array of objects; values that are no plain ones become JSON texts.

    Raises:
        DataFileError: it is neither.
    """
    with opened(path) as file:
        text = file.read().decode(corrections.encoding or encoding_of(path), "replace")
    try:
        whole = json.loads(text) if text.lstrip().startswith("[") else None
        values = (
            whole
            if whole is not None
            else [json.loads(line) for line in text.splitlines() if line.strip()]
        )
    except ValueError as error:
        raise DataFileError(f"{path.name} has no lines of JSON: {error}", file=str(path)) from error
    if not values or not all(isinstance(each, dict) for each in values):
        raise DataFileError(
            f"{path.name} is no table: its lines are to be JSON objects", file=str(path)
        )
    rows = [{key: _plain(value) for key, value in each.items()} for each in values]
    frame = _pandas().DataFrame(rows)
    yield tidied("", frame, [str(name) for name in frame.columns], [], corrections)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def read_sqlite(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read each table and view of a SQLite file, which is opened to be read only.

    Raises:
        DataFileError: it is none, or has no such table.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            query = (
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
            names = [name for (name,) in connection.execute(query)]
            frames = []
            for name in _chosen(names, corrections, path, "table"):
                quoted = name.replace('"', '""')
                cursor = connection.execute(f'SELECT * FROM "{quoted}"')
                columns = [each[0] for each in cursor.description]
                rows = [[None if isinstance(v, bytes) else v for v in row] for row in cursor]
                frames.append((name, columns, rows))
    except sqlite3.Error as error:
        raise DataFileError(f"{path.name} is no SQLite file: {error}", file=str(path)) from error
    for name, columns, rows in frames:
        frame = _pandas().DataFrame(rows, columns=range(len(columns)))
        yield tidied(name, frame, columns, [], corrections)
