"""Reading workbooks of Excel and of LibreOffice."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from agentcore.base.checks import did_you_mean
from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.frames import Found, Frame, settled
from agentcore.data.tables.headers import NULLS, Header, find_header, header_at, header_notes

__all__ = ["chosen", "read_excel"]

_LARGEST: Final = 4 * 1024**3  # bytes of an unpacked workbook
_PACKED: Final = 200  # times that a workbook may be larger when it is unpacked ...
_SMALL: Final = 100 * 1024**2  # ... if it is larger than this


def chosen(
    names: Sequence[str], corrections: Corrections, path: Path, what: str
) -> tuple[str, ...]:
    """Return the sheets of a workbook, or tables of a database, that are to be read.

    Raises:
        DataFileError: the file has none of that name or number.
    """
    wanted = corrections.sheet
    if wanted is None:
        return tuple(names)
    if str(wanted) in names:
        return (str(wanted),)
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return (names[wanted - 1],)
    near = did_you_mean(str(wanted), names)
    hint = near or f": it has {', '.join(map(repr, names))}"
    raise DataFileError(f"{path.name} has no {what} {wanted!r}{hint}", file=str(path))


def read_excel(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read each sheet of a workbook that is a table.

    Raises:
        DataFileError: it is no workbook, has a password, no such sheet, or no table.
        OSError: it cannot be read.
    """
    calamine = import_extra("python_calamine", "data", "reading Excel files")
    _check_size(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = chosen(list(book.sheet_names), corrections, path, "sheet")
        sheets = [(name, *_cells(book.get_sheet_by_name(name))) for name in names]
    except calamine.PasswordError as error:
        raise DataFileError(
            f"{path.name} has a password: save it without one", file=str(path)
        ) from error
    except (calamine.CalamineError, ValueError) as error:
        raise DataFileError(
            f"{path.name} is no workbook that can be read: {error}", file=str(path)
        ) from error
    found = [
        (name, header, rows, notes)
        for name, rows, notes in sheets
        if (header := _header(rows, corrections)) is not None
    ]
    for name, header, rows, notes in found:
        part = name if len(found) > 1 else ""
        yield settled(_found(part, header, rows, notes, corrections, names), corrections)


def _check_size(path: Path) -> None:
    """Refuse a file that is far larger when it is unpacked.

    Raises:
        DataFileError: it is.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except zipfile.BadZipFile as error:
        raise DataFileError(f"{path.name} is damaged: {error}", file=str(path)) from error
    too_packed = size > _SMALL and size > _PACKED * path.stat().st_size
    if size > _LARGEST or too_packed:
        raise DataFileError(
            f"{path.name} would have {size // 1024**2} MB when unpacked, and is not read: save "
            "its sheets as CSV",
            file=str(path),
        )


def _cells(sheet: Any) -> tuple[list[list[Any]], list[str]]:
    """Return the rows of a sheet, and what was assumed of its merged cells.

    A cell over several rows has its value in each of them. One over several columns has it in the
    first: it is a title, or a group of columns in the header.
    """
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    merged = 0
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if top < len(rows) and bottom > top and _is_filled(rows[top][left]):
            merged += 1
            for row in range(top + 1, min(bottom + 1, len(rows))):
                rows[row][left] = rows[top][left]
    note = "Cells that are merged over several rows have their value in each of these."
    return rows, [note] if merged else []


def _header(rows: list[list[Any]], corrections: Corrections) -> Header | None:
    """Return the header of a sheet, or ``None`` if it has no table: a cover page, or a chart."""
    skipped = [corrections.is_skipped(number) for number in range(len(rows))]
    if corrections.header is not None:
        return header_at(rows, corrections.header)
    header = find_header(rows, skipped)
    if header is None:
        return None
    rows_below = rows[header.row + header.lines :]
    filled = sum(1 for row in rows_below for value in row if _is_filled(value))
    return header if filled else None


def _found(
    part: str,
    header: Header,
    rows: list[list[Any]],
    notes: list[str],
    corrections: Corrections,
    sheets: Sequence[str],
) -> Found:
    begin = header.row + header.lines
    data = [
        list(map(_value, row))
        for number, row in enumerate(rows[begin:], begin)
        if not corrections.is_skipped(number)
    ]
    width = max([len(header.names), *map(len, data)])
    pandas = import_extra("pandas", "data", "reading files")
    frame = pandas.DataFrame(
        [row + [None] * (width - len(row)) for row in data], columns=range(width), dtype=object
    )
    for number in frame.columns:
        frame[number] = _whole(frame[number])
    names = (*header.names, *[""] * (width - len(header.names)))
    all_notes = [*notes, *header_notes(header, given=corrections.header is not None)]
    if len(sheets) > 1 and not part:
        all_notes.append("The other sheets of the file have no table.")
    return Found(part, names, lambda _: iter([frame]), tuple(all_notes), corrections.decimal, False)


def _is_filled(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _value(value: Any) -> Any:
    """Return a cell's value; ``None`` for what pandas would take for a missing one."""
    if value is None or (isinstance(value, str) and value.strip() in NULLS):
        return None
    return value


def _whole(series: Any) -> Any:
    """Return whole numbers as such, as pandas does: a workbook keeps all numbers as fractions."""
    known = series.dropna()
    fractions = known.map(lambda value: type(value) is float)
    if not known.empty and fractions.all():
        numbers = series.astype("float64")
        whole = len(known) == len(series) and bool((numbers % 1 == 0).all())
        return numbers.astype("int64") if whole and bool((numbers.abs() < 2**53).all()) else numbers
    return series
