"""A `QueryError` of the words in which an engine refused a query."""

from __future__ import annotations

import re
from typing import Final

from agentcore.base.data_errors import QueryError

__all__ = ["query_error"]

_LONG: Final = 600
# Where engines begin to show the text of the query, and to guess names, also of their own tables.
_QUOTING: Final = re.compile(r"\n+(?:LINE \d+:|Did you mean|Candidate bindings)")


def query_error(words: str, sql: str, hint: str = "") -> QueryError:
    """Return the error for a query that an engine could not run.

    Args:
        words: what the engine said, of which only what went wrong is kept.
        hint: what to do about it.
    """
    told = " ".join(_QUOTING.split(words)[0].split())
    if len(told) > _LONG:
        told = f"{told[:_LONG]}..."
    return QueryError(f"{told} ({hint})" if hint else told, sql=sql)
