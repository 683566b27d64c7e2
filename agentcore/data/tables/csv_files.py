"""Reading text files with separated values, as people have them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from agentcore.base.data_errors import DataFileError
from agentcore.base.extras import import_extra
from agentcore.data.tables.corrections import Corrections
from agentcore.data.tables.csv_layout import Layout, layout_of, widest_row
from agentcore.data.tables.encodings import encoding_of, opened_text
from agentcore.data.tables.frames import Found, Frame, settled
from agentcore.data.tables.headers import header_notes

__all__ = ["read_csv"]

_CHUNK: Final = 16_000_000  # characters of a file that are in memory at once
_NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a blank"}
_TRIES: Final = 3


def read_csv(path: Path, corrections: Corrections) -> Iterator[Frame]:
    """Read a file of separated values; what pandas reads rightly becomes what pandas would give.

    Raises:
        DataFileError: it is empty, or no table.
        OSError: it cannot be read.
    """
    encoding = corrections.encoding or encoding_of(path)
    layout = layout_of(path, encoding, corrections)
    pandas = import_extra("pandas", "data", "reading files")
    for left in reversed(range(_TRIES)):
        found = Found(
            "",
            layout.names,
            _Chunks(path, encoding, layout, corrections),
            tuple(_notes(encoding, layout, corrections)),
            layout.decimal,
            blank_rows=layout.header.row == 0,
        )
        try:
            yield settled(found, corrections)
        except pandas.errors.ParserError as error:
            layout = _mended(layout, str(error), path, encoding) if left else layout
            if not left:
                raise DataFileError(f"{path.name} is no table: {error}", file=str(path)) from error
        else:
            return


def _mended(layout: Layout, error: str, path: Path, encoding: str) -> Layout:
    """Return how a file is to be read that cannot be read as it was thought.

    Raises:
        DataFileError: there is no other way.
    """
    if "EOF inside string" in error and layout.quote is not None:
        return attrs.evolve(layout, quote=None)
    if "saw" in error:
        width = widest_row(path, encoding, layout)
        if width > len(layout.names):
            blanks = [""] * (width - len(layout.names))
            return attrs.evolve(layout, names=(*layout.names, *blanks), ragged=True)
    raise DataFileError(f"{path.name} is no table: {error}", file=str(path))


@attrs.frozen
class _Chunks:
    """The rows of a file, from its beginning at each call."""

    path: Path
    encoding: str
    layout: Layout
    corrections: Corrections

    def __call__(self, texts: Collection[int]) -> Iterator[Any]:
        pandas = import_extra("pandas", "data", "reading files")
        layout, width = self.layout, len(self.layout.names)
        types = dict.fromkeys(range(width) if layout.decimal == "," else sorted(texts), str)
        options: dict[str, Any] = {
            "sep": layout.separator,
            "header": None,
            "names": range(width),
            "low_memory": False,
            "dtype": types,
            "chunksize": max(1_000, int(_CHUNK / layout.line_length)),
        }
        options |= {"quoting": 3} if layout.quote is None else {"quotechar": layout.quote}
        if not isinstance(self.corrections.skip, int):
            rows = self.corrections.skip
            options["skiprows"] = [row - 1 - layout.lines for row in rows if row > layout.lines]
        with opened_text(self.path, self.encoding) as text:
            for _ in range(layout.lines):
                text.readline()
            try:
                with pandas.read_csv(text, **options) as reader:
                    for chunk in reader:
                        yield chunk.reset_index(drop=True)
            except pandas.errors.EmptyDataError:
                return


def _notes(encoding: str, layout: Layout, corrections: Corrections) -> list[str]:
    notes = []
    if encoding not in ("utf-8", "utf-8-sig", "ascii") and not corrections.encoding:
        notes.append(f"The encoding was taken for {encoding}.")
    if layout.separator != "," and not corrections.separator:
        notes.append(f"The separator was taken for {_NAMES.get(layout.separator, 'another')}.")
    if layout.decimal == "," and not corrections.decimal:
        notes.append("The decimal mark was taken for a comma.")
    if layout.quote is None:
        notes.append("A quotation mark is never closed, so these marks were read as text.")
    elif layout.quote != '"':
        notes.append(f"The quotation mark was taken for {layout.quote}.")
    if layout.ragged:
        notes.append(
            "Some rows have more values than the header has names: further columns have them."
        )
    if layout.row_names:
        notes.append("The first column has no name in the header.")
    if layout.leading_zeros:
        columns = ", ".join(map(repr, layout.leading_zeros))
        notes.append(
            f"Numbers in {columns} lost the zeros at their beginning: give "
            "types={column: 'text'} to keep them."
        )
    return notes + header_notes(layout.header, given=corrections.header is not None)
