"""The errors of data analysis. `agentcore.errors` draws the whole tree."""

from __future__ import annotations

from agentcore.base.errors import AgentCoreError

__all__ = [
    "AnswerTimeoutError",
    "DataError",
    "DataFileError",
    "QueryError",
    "QueryRefusedError",
    "QueryTimeoutError",
    "SessionNotFoundError",
]


class DataError(AgentCoreError):
    """Something of a data analysis could not be done."""


class AnswerTimeoutError(DataError, TimeoutError):
    """A question was ended, as it took longer than it may. The session takes the next one."""


class DataFileError(DataError, ValueError):
    """A file could not be read as a table. Nothing of it was added.

    Attributes:
        file: the file's name.
    """

    def __init__(self, text: str, *, file: str = "") -> None:
        super().__init__(text)
        self.file = file


class QueryError(DataError):
    """A database could not run a query.

    Attributes:
        sql: the query.
    """

    def __init__(self, text: str, *, sql: str = "") -> None:
        super().__init__(text)
        self.sql = sql


class QueryRefusedError(QueryError, ValueError):
    """A query was not run, as it does more than read, or is not one statement."""


class QueryTimeoutError(QueryError, TimeoutError):
    """A query was ended, as it took longer than it may."""


class SessionNotFoundError(DataError, LookupError):
    """No session has this name, or it belongs to another owner."""
