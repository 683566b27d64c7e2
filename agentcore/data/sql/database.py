"""`Database`: what an agent needs of a database, and nothing that could change it."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

from agentcore.data.sql.table_schema import TableSchema
from agentcore.data.table import Table

__all__ = ["ROW_LIMIT", "TIMEOUT", "Database"]

ROW_LIMIT: Final = 1000
TIMEOUT: Final = 30.0


@runtime_checkable
class Database(Protocol):
    """A database that is only read: `DuckDBDatabase`, `SQLAlchemyDatabase`, or one of your own.

    Its methods may be called from any thread. It must be picklable, and connect when it is first
    used: an agent that is given it may live in another process, and opens it there.

    Attributes:
        dialect: the name of its SQL as sqlglot has it, such as ``duckdb`` or ``postgres``.
    """

    @property
    def dialect(self) -> str:
        """The name of its SQL as sqlglot has it."""

    def tables(self) -> tuple[TableSchema, ...]:
        """Return the tables, with a few of their rows.

        Raises:
            DataError: the database could not be read.
        """

    def schema(self) -> str:
        """Return the tables, their columns and values of these as a text for a model.

        Raises:
            DataError: the database could not be read.
        """

    def check(self, sql: str) -> str:
        """Return the query as it would be run, once it has passed the checks; run nothing of it.

        Raises:
            QueryRefusedError: it is not one statement that only reads.
            QueryError: the engine cannot plan it, as it has a mistake or names what is not there.
        """

    def run(self, sql: str, *, row_limit: int = ROW_LIMIT, timeout: float = TIMEOUT) -> Table:
        """Return the rows of a query, after the same check for statements that only read.

        Args:
            row_limit: how many rows are kept; ``Table.row_count`` says how many there were.
            timeout: seconds after which the engine is interrupted.

        Raises:
            QueryRefusedError: it is not one statement that only reads.
            QueryError: the engine could not run it, or not in time.
        """

    def interrupt(self) -> None:
        """End the queries that run now, each with a `QueryError`; does nothing if none does."""

    def close(self) -> None:
        """Close the connections; the database opens again when it is next used."""
