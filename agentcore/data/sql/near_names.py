"""Names that are nearly those of a query, for whoever mistook one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final

from agentcore.data.sql.table_schema import TableSchema

__all__ = ["hint_for", "missing_name", "near_names"]

_NEAR: Final = 0.6
_MOST: Final = 5
# How engines name what is not there; each gives the name, in quotes or without.
_MISSING: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r'referenced column "([^"]+)" not found',  # DuckDB
        r'table "[^"]+" does not have a column named "([^"]+)"',
        r'table with name "?([^"\s]+?)"? does not exist',
        r"no such (?:column|table): (\S+)",  # SQLite
        r'column "?([^"\s]+(?: [^"]+)?)"? does not exist',  # PostgreSQL
        r'relation "([^"]+)" does not exist',
        r"unknown column '([^']+)'",  # MySQL
        r"table '([^']+)' doesn't exist",
        r"invalid (?:column|object) name '([^']+)'",  # SQL Server
    )
)


def missing_name(words: str) -> str:
    """Return the name of the column or table that an engine says is not there; empty if none.

    Examples:
        >>> missing_name("no such column: p.salary")
        'salary'
    """
    for pattern in _MISSING:
        found = pattern.search(words)
        if found:
            return found[1].rpartition(".")[2].strip("\"'`")
    return ""


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return those of the names that are like this one, the likest first, at most five."""
    wanted = _letters(name)
    rated = [(_likeness(wanted, _letters(each)), each) for each in dict.fromkeys(names)]
    near = sorted((pair for pair in rated if pair[0] >= _NEAR), key=lambda pair: -pair[0])
    return [each for _, each in near[:_MOST]]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if min(len(one), len(other)) >= 3 and (one in other or other in one):
        return 0.9
    return SequenceMatcher(None, one, other).ratio()


def hint_for(words: str, tables: Sequence[TableSchema]) -> str:
    """Return what to write in place of a name that is not there; empty if that is not the matter.

    Args:
        words: the engine's words.
        tables: those of the database.
    """
    name = missing_name(words)
    if not name:
        return ""
    quoted = {
        column.name: f"{column.quoted} of {table.quoted}"
        for table in tables
        for column in table.columns
    } | {table.name: f"table {table.quoted}" for table in tables}
    near = near_names(name, quoted)
    if near:
        return f"near names: {', '.join(quoted[each] for each in near)}"
    if len(tables) == 1:
        return f"the columns are {', '.join(column.quoted for column in tables[0].columns)}"
    return f"the tables are {', '.join(table.quoted for table in tables)}"
