"""The check of a query before it is run: one statement, which only reads.

The query is parsed in the engine's dialect, and the tree is walked. Nothing here looks for words in
the text: a writing word in a comment or a string is harmless, and a writing statement within a
common table expression is not.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any, Final

import attrs

from agentcore.base.data_errors import QueryError, QueryRefusedError
from agentcore.base.extras import import_extra
from agentcore.data.sql.side_effects import does_more_than_read

__all__ = ["Reading", "check_reading", "named_columns", "quoted_name"]

EXTRA: Final = ("data", "SQL")
HINT: Final = "write one SELECT statement"
_MOST_CHARS: Final = 100_000
_MOST_REPEATS: Final = 10_000  # a longer text is of no use, and no engine can be interrupted in it
# Where a name without quotes is another one in capitals or small letters.
_FOLDING: Final = ("", "oracle", "postgres", "snowflake")
# Statements, and parts of them, that are no reading; some of them are not in each sqlglot.
_REFUSED: Final = (
    "Alter", "Analyze", "Attach", "Block", "Command", "Commit", "Copy", "Create", "DDL", "DML",
    "Declare", "Delete", "Detach", "Drop", "Execute", "Export", "Grant", "Insert", "Install",
    "Into", "Kill", "LoadData", "Lock", "Merge", "NextValueFor", "Pragma", "Refresh", "Revoke",
    "Rollback", "Set", "Transaction", "TruncateTable", "Update", "Use",
)  # fmt: skip


_checking: ContextVar[bool] = ContextVar("agentcore_checking", default=False)


class _Quiet(logging.Filter):
    """Drops sqlglot's warnings of statements that it does not know, as these are refused here."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _checking.get()


_QUIET: Final = _Quiet()


@attrs.frozen
class Reading:
    """A query that passed the check.

    Attributes:
        sql: the query as the tree has it, without comments.
        functions: the names of the functions that it calls, in small letters, in order.
    """

    sql: str
    functions: tuple[str, ...]


def check_reading(sql: str, dialect: str) -> Reading:
    """Return the query if it is one statement that only reads.

    Args:
        dialect: the name of the engine's SQL as sqlglot has it; an empty one for standard SQL.

    Raises:
        QueryRefusedError: it is no query, more than one statement, or does more than read.
        QueryError: it cannot be parsed.
        ExtraMissingError: sqlglot is not installed.
    """
    tree = _one_statement(sql, dialect)
    expressions = import_extra("sqlglot.expressions", *EXTRA)
    if not isinstance(tree, expressions.Query | expressions.Values):
        raise QueryRefusedError(f"{_kind(tree)} is no query that only reads: {HINT}", sql=sql)
    refused = tuple(getattr(expressions, name) for name in _REFUSED if hasattr(expressions, name))
    functions = []
    for node in tree.walk():
        if isinstance(node, refused):
            raise QueryRefusedError(
                f"the query has {_kind(node)} in it, which does more than read: {HINT}", sql=sql
            )
        if isinstance(node, expressions.Placeholder | expressions.Parameter):
            raise QueryRefusedError(
                f"the query has a parameter in it, {node.sql()}: write values into it", sql=sql
            )
        if isinstance(node, expressions.Func):
            functions.extend(_checked_function(node, sql))
    text = tree.sql(dialect=dialect or None, comments=False, normalize_functions=False)
    return Reading(text, tuple(dict.fromkeys(functions)))


def named_columns(sql: str, dialect: str) -> list[str]:
    """Return the names of columns that a query refers to, other than those that it gives itself.

    It is empty if the text is no query.
    """
    expressions = import_extra("sqlglot.expressions", *EXTRA)
    try:
        tree = _one_statement(sql, dialect)
    except QueryError:
        return []
    if not isinstance(tree, expressions.Query):
        return []
    given = {node.alias.lower() for node in tree.find_all(expressions.Alias)}
    names = [node.name for node in tree.find_all(expressions.Column)]
    return [name for name in dict.fromkeys(names) if name and name.lower() not in given]


def _one_statement(sql: str, dialect: str) -> Any:
    if not isinstance(sql, str):
        raise QueryRefusedError(f"a query is a text, not {type(sql).__name__}")
    if len(sql) > _MOST_CHARS:
        raise QueryRefusedError(f"the query is longer than {_MOST_CHARS:,} characters")
    if "\0" in sql:
        raise QueryRefusedError("the query has a NUL character in it", sql=sql)
    sqlglot = import_extra("sqlglot", *EXTRA)
    logging.getLogger("sqlglot").addFilter(_QUIET)
    before = _checking.set(True)
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect or None) if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise QueryError(f"the query cannot be parsed: {_words(error)}", sql=sql) from error
    finally:
        _checking.reset(before)
    trees = [tree for tree in trees if type(tree).__name__ != "Semicolon"]
    if len(trees) != 1:
        found = "no statement" if not trees else f"{len(trees)} statements"
        raise QueryRefusedError(f"the text has {found}: {HINT}", sql=sql)
    return trees[0]


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    found = getattr(error, "errors", None) or [{}]
    first = found[0]
    where = f", line {first['line']}, column {first['col']}" if first.get("line") else ""
    return f"{first.get('description') or str(error).splitlines()[0]}{where}"


def _checked_function(node: Any, sql: str) -> list[str]:
    unknown = type(node).__name__ in ("Anonymous", "AnonymousAggFunc")
    names = [node.name] if unknown else list(type(node).sql_names())
    for name in names:
        if does_more_than_read(name):
            raise QueryRefusedError(
                f"the query calls {name.lower()}, which does more than read: leave it out", sql=sql
            )
    if type(node).__name__ in ("Repeat", "Pad") and not _is_short(node):
        raise QueryRefusedError(
            f"the query makes a text of a length that is not at most {_MOST_REPEATS:,}", sql=sql
        )
    return [name.lower() for name in names]


def _is_short(node: Any) -> bool:
    times = node.args.get("times") or node.args.get("expression")
    text = getattr(times, "name", "")
    return bool(getattr(times, "is_int", False)) and len(text) < 9 and int(text) <= _MOST_REPEATS


def _kind(node: Any) -> str:
    name = type(node).__name__
    return str(node.this).upper() if name == "Command" else name.upper()


def quoted_name(name: str, dialect: str) -> str:
    """Return the name of a table or column as a query has it: in quotes, if it needs them.

    Raises:
        ExtraMissingError: sqlglot is not installed.
    """
    sqlglot = import_extra("sqlglot", *EXTRA)
    folds = dialect not in _FOLDING or name == name.lower()
    plain = name.isascii() and name.isidentifier() and folds
    if plain:
        try:
            tree = sqlglot.parse_one(f"SELECT {name} FROM {name}", read=dialect or None)
            plain = tree.expressions[0].name == name
        except sqlglot.errors.SqlglotError:
            plain = False
    identifier = import_extra("sqlglot.expressions", *EXTRA).to_identifier(name, quoted=not plain)
    return str(identifier.sql(dialect=dialect or None))
