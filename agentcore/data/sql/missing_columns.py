"""A question about a column that is not there."""

from __future__ import annotations

import re
from typing import Final

from agentcore.data.sql.database import Database
from agentcore.data.sql.near_names import near_names
from agentcore.data.sql.reading_check import named_columns

__all__ = ["asked_for"]

_SHOWN: Final = 40


def asked_for(question: str, sql: str, database: Database) -> str:
    """Return why a question has no answer: it asks for a column by a name that nothing is like.

    A model that is told only that the column is not there takes another in its place, and the
    answer would be to another question.

    Args:
        sql: a query for it that the engine could not run.

    Returns:
        the reason, in words; empty if the query names no such column.
    """
    tables = database.tables()
    columns = list(dict.fromkeys(column.name for table in tables for column in table.columns))
    known = [*columns, *(table.name for table in tables)]
    words = {word.rstrip("s") for word in re.split(r"[\W_]+", question.lower())}
    for name in named_columns(sql, database.dialect):
        wanted = [word for word in re.split(r"[\W_]+", name.lower()) if len(word) > 2]
        named = wanted and all(word.rstrip("s") in words for word in wanted)
        if named and not near_names(name, known):
            listed = ", ".join(columns[:_SHOWN]) + (", ..." if columns[_SHOWN:] else "")
            return f"The tables have no column {name}. Their columns are: {listed}."
    return ""
