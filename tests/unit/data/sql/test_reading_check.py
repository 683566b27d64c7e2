"""The check of queries: one statement, which only reads."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.data.sql.reading_check import check_reading, named_columns, quoted_name
from agentcore.errors import QueryError, QueryRefusedError

DIALECTS = ("duckdb", "sqlite", "postgres", "mysql", "tsql", "oracle", "")
READING = [
    "SELECT a FROM t",
    "select count(*) from t where b like '%drop table%' -- ; delete from t",
    "WITH x AS (SELECT a FROM t) SELECT * FROM x UNION ALL SELECT a FROM t ORDER BY 1 LIMIT 3;",
    "SELECT a, row_number() OVER (PARTITION BY b ORDER BY a) FROM t",
    "(SELECT a FROM t)",
    "SELECT 'INSERT INTO t VALUES (1)' AS text, lpad(b, 5, '0') FROM t /* update t set a = 1 */",
]
WRITING = [
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "DROP TABLE t",
    "CREATE TABLE u AS SELECT a FROM t",
    "ALTER TABLE t ADD COLUMN c INT",
    "TRUNCATE TABLE t",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "COPY t TO '/tmp/t.csv'",
    "ATTACH '/tmp/other.db' AS other",
    "SET x = 1",
    "PRAGMA writable_schema = 1",
    "CALL anything()",
    "VACUUM",
    "BEGIN",
    "GRANT ALL ON t TO somebody",
    "EXPLAIN ANALYZE DELETE FROM t",
]
WITHIN = [
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 1 RETURNING a) SELECT * FROM x",
    "SELECT a INTO u FROM t",
    "SELECT a FROM t FOR UPDATE",
    "SELECT (SELECT nextval('s')) FROM t",
]
CALLING = [
    "pg_sleep(10)", "pg_catalog.pg_sleep(10)", '"pg_sleep"(10)', "PG_READ_FILE('/etc/passwd')",
    "lo_import('/etc/passwd')", "dblink('x', 'delete from t')", "nextval('s')", "setval('s', 1)",
    "set_config('a', 'b', false)", "load_extension('x')", "query_to_xml('delete', true, true, '')",
    "load_file('/etc/passwd')", "sleep(10)", "benchmark(1, 2)", "getenv('HOME')",
    "repeat('x', 1000000000)", "lpad('x', a * 1000000)",
]  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", READING)
def test_a_query_that_reads_passes(sql: str, dialect: str) -> None:
    """Writing words in strings and comments are no matter."""
    assert check_reading(sql, dialect).sql.lstrip("(").upper().startswith(("SELECT", "WITH"))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", [*WRITING, *WITHIN])
def test_a_statement_that_writes_does_not_pass(sql: str, dialect: str) -> None:
    """Neither as the whole, nor in a part of a query; where it is no SQL, it is an error too."""
    with pytest.raises(QueryError):
        check_reading(sql, dialect)


@pytest.mark.parametrize("sql", WITHIN)
def test_a_writing_part_is_refused_and_not_only_a_mistake(sql: str) -> None:
    """The error says that the query does more than read."""
    with pytest.raises(QueryRefusedError, match="more than read"):
        check_reading(sql, "postgres")


@pytest.mark.parametrize("call", CALLING)
def test_a_function_that_does_more_than_read_is_refused(call: str) -> None:
    """Wherever it stands: as a value, as a table, in a condition."""
    for sql in (f"SELECT {call}", f"SELECT a FROM t WHERE a = (SELECT {call})"):
        with pytest.raises(QueryRefusedError):
            check_reading(sql, "postgres")


@pytest.mark.parametrize(
    "table", ["pg_ls_dir('.')", "read_csv('/etc/passwd')", "query('SELECT 1')"]
)
def test_such_a_function_is_refused_as_a_table_too(table: str) -> None:
    """It stands behind FROM."""
    for dialect in ("postgres", "duckdb"):
        with pytest.raises(QueryRefusedError, match="calls"):
            check_reading(f"SELECT * FROM {table}", dialect)


@pytest.mark.parametrize(
    "sql",
    ["", " ;; ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "SELECT ?",
     "SELECT $name", "SELECT 1\0", "SELECT " + "1 + " * 60_000 + "1", "SHOW TABLES"],
)  # fmt: skip
def test_what_is_not_one_query_is_refused(sql: str) -> None:
    """No statement, several, parameters, a text of any length."""
    with pytest.raises(QueryRefusedError):
        check_reading(sql, "duckdb")


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT (", "SELECT " + "(" * 5000, "what is this?"])
def test_a_mistake_is_told_in_one_line(sql: str) -> None:
    """A model reads it, so it is short."""
    with pytest.raises(QueryError) as caught:
        check_reading(sql, "duckdb")
    assert len(str(caught.value)) < 300
    assert caught.value.sql == sql


def test_a_comment_that_an_engine_may_run_is_not_run() -> None:
    """MySQL runs what stands in ``/*! */``: the query that is run is made of the tree."""
    checked = check_reading("SELECT 1 /*! INTO OUTFILE '/tmp/x' */ -- more", "mysql")
    assert checked.sql == "SELECT 1"


statements = st.sampled_from([*WRITING, *WITHIN])
spaces = st.sampled_from(["\n", " ", "/* a */ ", "-- a\n", "\t"])


@settings(max_examples=60)
@given(statements, spaces, spaces, st.booleans(), st.sampled_from(DIALECTS), st.data())
def test_no_writing_statement_passes_however_it_is_written(
    statement: str, before: str, after: str, reads_first: bool, dialect: str, data: st.DataObject
) -> None:
    """In any case of letters, with comments, behind a query that reads, within a common table."""
    words = statement.split(" ")
    changed = [data.draw(st.sampled_from([word, word.upper(), word.lower()])) for word in words]
    text = before + after.join(changed) + after
    if reads_first:
        text = f"SELECT a FROM t;{before}{text}"
    with pytest.raises(QueryError):
        check_reading(text, dialect)
    with pytest.raises(QueryError):
        check_reading(f"WITH w AS ({text}) SELECT * FROM w", dialect)


@settings(max_examples=60)
@given(st.text(max_size=60), st.sampled_from(DIALECTS))
def test_any_text_passes_or_gets_a_query_error(text: str, dialect: str) -> None:
    """No other exception comes of a text that a model wrote."""
    with suppress(QueryError):
        check_reading(text, dialect)


def test_names_are_quoted_where_they_must_be() -> None:
    """PostgreSQL takes a name without quotes for one in small letters."""
    assert quoted_name("Pclass", "duckdb") == "Pclass"
    assert quoted_name("Pclass", "postgres") == '"Pclass"'
    assert quoted_name("Amount Due", "sqlite") == '"Amount Due"'
    assert quoted_name("order", "mysql") == "`order`"


def test_the_columns_of_a_query_are_those_that_it_does_not_name_itself() -> None:
    """An alias is no column, and a text that is no query has none."""
    sql = "SELECT sum(t.amount) AS total FROM t WHERE region = 'N' ORDER BY total"
    assert named_columns(sql, "duckdb") == ["amount", "region"]
    assert named_columns("this is no query", "duckdb") == []
