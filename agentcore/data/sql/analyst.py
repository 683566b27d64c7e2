"""`SQLAnalyst`: a question becomes a query, and its rows an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.base.data_errors import QueryError, QueryTimeoutError
from agentcore.data.answer import Answer, Step
from agentcore.data.sql.database import ROW_LIMIT, TIMEOUT, Database
from agentcore.data.sql.inquiry import Inquiry
from agentcore.data.sql.missing_columns import asked_for
from agentcore.data.sql.opening import open_database
from agentcore.data.sql.prompts import (
    missing_in,
    question_messages,
    repair_messages,
    rewriting_messages,
    sql_in,
    wording_messages,
)
from agentcore.data.sql.rows_in_words import (
    TOLD,
    cut_note,
    rows_text,
    says_the_rows,
    words_of_rows,
)
from agentcore.data.table import Table

__all__ = ["SQLAnalyst"]

_SQL_TOKENS: Final = 500
_TEXT_TOKENS: Final = 150
_NO_ROWS: Final = "The query gave no value. Values may be spelled otherwise in the table."


@attrs.frozen
class Attempt:
    """What came of one query.

    Attributes:
        why: what is wrong with it; empty if nothing is.
        table: its rows.
        final: whether there is no use in mending it.
    """

    why: str
    table: Table | None = None
    final: bool = False


class SQLAnalyst:
    """Answers questions with SQL that a model writes, and a database checks and runs.

    The model is told the tables, with values of their first rows, and writes a query. A query that
    the database refuses, cannot run, or that gives nothing goes back with the engine's words. The
    answer's text says what the rows say: the model words it, and where it states a number or a name
    that the rows lack, the rows themselves are told instead.

    Args:
        model: the `ChatModel` that writes the queries; it is asked at temperature 0.
        database: a `Database`, or what `open_database` takes: a file, files, tables or a URL.
        repairs: how often a query goes back to be mended, 0 or more.
        row_limit: how many rows an answer keeps.
        timeout: seconds that a query may take.
        notes: what the model is told beside the tables, such as what words mean here.

    Raises:
        ValueError, TypeError: an argument is none of these.
        DataError: the database cannot be opened.
    """

    def __init__(
        self,
        model: Any,
        database: Any,
        *,
        repairs: int = 2,
        row_limit: int = ROW_LIMIT,
        timeout: float = TIMEOUT,
        notes: str = "",
    ) -> None:
        if not callable(getattr(model, "complete", None)):
            raise TypeError(f"an SQLAnalyst has a ChatModel, not {model!r:.200}")
        check_limits(repairs, row_limit, timeout)
        self.model = model
        self.database: Database = open_database(database)
        self.repairs = repairs
        self.row_limit = row_limit
        self.timeout = timeout
        self.notes = notes

    async def answer(
        self,
        question: str,
        *,
        history: Sequence[Mapping[str, Any]] = (),
        on_step: Callable[[Step], Any] | None = None,
    ) -> Answer:
        """Return the answer to a question, or one that says that none was found, and why.

        Args:
            question: in any words.
            history: what was said before, as messages with ``role`` and ``content``, for questions
                that follow from earlier ones.
            on_step: called with each `Step` as it is done.

        Raises:
            ValueError: the question is empty.
            ModelError: the model did not answer.
            DataError: the database cannot be read.
        """
        inquiry = Inquiry(self.model, self.database, checked_question(question), on_step)
        if history:
            rewritten = await inquiry.ask(
                rewriting_messages(inquiry.question, history), _TEXT_TOKENS
            )
            inquiry.question = " ".join(rewritten.split()) or inquiry.question
            inquiry.note("plan", inquiry.question)
        attempt = await self._rows(inquiry)
        table = attempt.table
        if table is None:
            return inquiry.failed(attempt.why)
        text = await self._worded(inquiry, table)
        return inquiry.answered(" ".join(filter(None, [text, cut_note(table)])), table)

    async def _rows(self, inquiry: Inquiry) -> Attempt:
        """Return the rows of a query for the question, or why there are none."""
        schema = await inquiry.read(self.database.schema)
        asked = question_messages(inquiry.question, schema, self.database.dialect, self.notes)
        said = await inquiry.ask(asked, _SQL_TOKENS)
        attempt = await self._tried(inquiry, said, "sql")
        attempts = [attempt]
        while not attempt.final and len(attempts) <= self.repairs:
            before = said
            said = await inquiry.ask(repair_messages(asked, said, attempt.why), _SQL_TOKENS)
            if said == before:
                break  # the model stands by what it wrote
            attempt = await self._tried(inquiry, said, "repair")
            attempts.append(attempt)
        if attempt.final:
            return attempt
        # Rows without a value are an answer, if nothing better came of the repairs.
        return next((each for each in attempts if each.table is not None), attempt)

    async def _tried(self, inquiry: Inquiry, said: str, kind: str) -> Attempt:
        """Run the query that the model wrote."""
        missing = missing_in(said)
        if missing:
            inquiry.note(kind, said, failed=True)
            return Attempt(f"The tables do not have what is asked for: {missing}.", final=True)
        sql = sql_in(said)
        if not sql:
            inquiry.note(kind, said, "no query", failed=True)
            return Attempt("The model wrote no query.")
        inquiry.sql = sql
        try:
            inquiry.sql = await inquiry.read(self.database.check, sql)
            options = {"row_limit": self.row_limit, "timeout": self.timeout}
            table = await inquiry.read(self.database.run, inquiry.sql, **options)
        except QueryError as error:
            inquiry.note(kind, inquiry.sql, str(error), failed=True)
            if isinstance(error, QueryTimeoutError):
                return Attempt(f"{error}.", final=True)
            absent = asked_for(inquiry.question, sql, self.database)
            return Attempt(absent or f"The query failed: {error}.", final=bool(absent))
        inquiry.note(kind, inquiry.sql, rows_text(table))
        if all(value is None for row in table.rows for value in row):
            return Attempt(_NO_ROWS, table)
        return Attempt("", table, final=True)

    async def _worded(self, inquiry: Inquiry, table: Table) -> str:
        """Return what the rows say, in the model's words if they say no more."""
        if 0 < len(table.rows) <= TOLD:
            said = await inquiry.ask(wording_messages(inquiry.question, table), _TEXT_TOKENS)
            said = " ".join(said.split())
            if says_the_rows(said, inquiry.question, table):
                return said
        return words_of_rows(table)


def checked_question(question: Any) -> str:
    """Return a question without the blanks around it.

    Raises:
        ValueError: it is no text, or empty.
    """
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"a question is a text that is not empty, not {question!r:.80}")
    return question.strip()


def check_limits(repairs: Any, row_limit: Any, timeout: Any) -> None:
    """Check the limits of an analyst.

    Raises:
        ValueError, TypeError: one of them is no number, or too small.
    """
    for name, value, least in (("repairs", repairs, 0), ("row_limit", row_limit, 1)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{name}= is a whole number, not {value!r:.80}")
        if value < least:
            raise ValueError(f"{name}= is {least} or more, not {value}")
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(f"timeout= is a number of seconds, not {timeout!r:.80}")
    if not timeout > 0:
        raise ValueError(f"timeout= is more than 0 seconds, not {timeout}")
