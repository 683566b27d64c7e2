"""Names for tables and columns: usable ones, and no two the same."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence

__all__ = ["column_names", "table_name"]


def table_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a table that Python and SQL take, made of a file's or sheet's name."""
    name = re.sub(r"\W+", "_", text.strip()).strip("_").lower() or "table"
    if name[0].isdigit() or keyword.iskeyword(name):
        name = f"table_{name}"
    return _other_than(name, taken, "_")


def column_names(originals: Sequence[str]) -> list[str]:
    """Return names for columns: stripped, in one line, and no two the same."""
    names: list[str] = []
    for number, original in enumerate(originals):
        name = " ".join(str(original).split()) or f"Unnamed: {number}"
        names.append(_other_than(name, names, "."))
    return names


def _other_than(name: str, taken: Collection[str], mark: str) -> str:
    number, other = 1, name
    while other in taken:
        other, number = f"{name}{mark}{number}", number + 1
    return other
