"""Names for tables and columns: usable ones, and no two the same."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Sequence
from typing import Final

__all__ = ["column_names", "table_name"]

# A table is a variable of a model's code, where these are something else already.
_MEANT: Final = frozenset({*dir(builtins), "df", "np", "pd", "plt", "stats"})
# The words that SQL reserves; a model would have to quote them.
_RESERVED: Final = frozenset(
    """all and any as asc between both by case cast check collate column constraint create cross
    default desc distinct do else end except false fetch for foreign from full grant group having
    in inner intersect into is join lateral left like limit natural not null offset on only or
    order outer primary references returning right select some table then to true union unique
    using values when where window with""".split()  # noqa: SIM905  a list would be long
)


def table_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a table that Python and SQL take, made of a file's or sheet's name."""
    name = re.sub(r"\W+", "_", text.strip()).strip("_").lower()[:60] or "table"
    if name in _MEANT or name in _RESERVED or keyword.iskeyword(name) or not name.isidentifier():
        name = f"table_{name}" if name != "table" else "table_1"
    return _other_than(name, taken, "_", 2)


def column_names(originals: Sequence[str]) -> list[str]:
    """Return names for columns: stripped, in one line, and no two the same.

    Two names that differ in capital letters alone are the same to SQL, and get numbers too.
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, original in enumerate(originals):
        name = " ".join(str(original).split()) or f"Unnamed: {number}"
        name = _other_than(name, taken, ".", 1)
        taken.add(name.casefold())
        names.append(name)
    return names


def _other_than(name: str, taken: Collection[str], mark: str, number: int) -> str:
    other = name
    while other.casefold() in taken:
        other, number = f"{name}{mark}{number}", number + 1
    return other
