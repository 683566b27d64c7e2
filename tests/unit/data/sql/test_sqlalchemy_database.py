"""`SQLAlchemyDatabase` on SQLite, and on PostgreSQL where a server is installed."""

from __future__ import annotations

import pickle
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore.data import SQLAlchemyDatabase
from agentcore.data.sql.reading_engines import allow_reading_only, open_reading
from agentcore.errors import (
    DataError,
    DataFileError,
    ExtraMissingError,
    QueryError,
    QueryRefusedError,
    QueryTimeoutError,
)

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
WRITING = [
    "DELETE FROM sales", "UPDATE sales SET year = 1", "DROP TABLE sales", "VACUUM",
    "INSERT INTO sales VALUES ('x', 1, 1)", "REPLACE INTO sales VALUES ('x', 1, 1)",
    "ATTACH '/tmp/agentcore_other.db' AS other", "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = 1", "CREATE TEMP TABLE t (a)", "SELECT load_extension('x')",
    "SELECT * FROM pragma_table_info('sales')", "SELECT 1; DELETE FROM sales", "BEGIN IMMEDIATE",
    "EXPLAIN DELETE FROM sales", "SELECT fts3_tokenizer('simple')",
]  # fmt: skip


@pytest.fixture
def database(sqlite_file: Path) -> SQLAlchemyDatabase:
    """The file of SQLite, opened for reading."""
    return SQLAlchemyDatabase(f"sqlite:///{sqlite_file}")


def test_rows_of_sqlite_are_plain_values(database: SQLAlchemyDatabase) -> None:
    """Neither a colon nor a percent sign in a query is a parameter."""
    sql = "SELECT region, \"Amount Due\", ':a %s' AS text FROM sales WHERE region LIKE 'S%'"
    table = database.run(sql)
    assert table.columns == ("region", "Amount Due", "text")
    assert table.rows == (("South", 20.0, ":a %s"), ("South", None, ":a %s"))


def test_the_schema_tells_columns_kinds_and_values(database: SQLAlchemyDatabase) -> None:
    """As for any other database."""
    assert "- region TEXT: 'North', 'South'" in database.schema()
    assert '- "Amount Due" REAL: 10.5, 30.0, 20.0' in database.schema()


def test_a_name_that_is_not_there_gets_near_names(database: SQLAlchemyDatabase) -> None:
    """The engine's words, and what is nearly that."""
    with pytest.raises(QueryError, match=r"no such column: regoin \(near names: region of sales"):
        database.check("SELECT regoin FROM sales")


def test_many_rows_are_cut(database: SQLAlchemyDatabase) -> None:
    """The table says how many there were."""
    sql = "SELECT a.year FROM sales a, sales b, sales c"
    table = database.run(sql, row_limit=5)
    assert (len(table), table.row_count) == (5, 64)


def test_a_query_that_takes_too_long_is_ended(database: SQLAlchemyDatabase) -> None:
    """The error says how long it might take."""
    with pytest.raises(QueryTimeoutError, match=r"longer than 0.1 s"):
        database.run(ENDLESS, timeout=0.1)


def test_a_query_is_interrupted_from_another_thread(database: SQLAlchemyDatabase) -> None:
    """It ends with an error."""
    caught: list[QueryError] = []

    def run() -> None:
        try:
            database.run(ENDLESS)
        except QueryError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        database.interrupt()
        thread.join(0.01)
    assert "interrupted" in str(caught[0])


@pytest.mark.parametrize("sql", WRITING)
def test_what_does_more_than_read_is_refused(
    sql: str, database: SQLAlchemyDatabase, sqlite_file: Path
) -> None:
    """And the file's bytes are what they were."""
    before = sqlite_file.read_bytes()
    with pytest.raises(QueryError):
        database.run(sql)
    assert sqlite_file.read_bytes() == before


@pytest.mark.parametrize(
    "sql", [each for each in WRITING if not each.startswith(("EXPLAIN", "SELECT fts3"))]
)
def test_sqlite_itself_refuses_it_too(sql: str, database: SQLAlchemyDatabase) -> None:
    """The guard behind the check."""
    with database._reading(1) as connection:
        allow_reading_only(connection)
        driver = connection.connection.dbapi_connection
        with pytest.raises(sqlite3.Error):
            driver.execute(sql)
    assert not Path("/tmp/agentcore_other.db").exists()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*WRITING, "SELECT * FROM sales"]), max_size=4))
def test_the_file_is_the_same_whatever_is_run(
    database: SQLAlchemyDatabase, sqlite_file: Path, queries: list[str]
) -> None:
    """Several at once, too."""
    before = sqlite_file.read_bytes()
    for sql in [*queries, "; ".join(queries)]:
        with suppress(QueryError):
            database.run(sql)
    assert sqlite_file.read_bytes() == before
    assert [path.name for path in sqlite_file.parent.iterdir()] == [sqlite_file.name]


def test_it_pickles_as_its_url_and_opens_again_after_close(database: SQLAlchemyDatabase) -> None:
    """Another process connects itself."""
    copy = pickle.loads(pickle.dumps(database))
    database.close()
    for each in (copy, database):
        assert len(each.run("SELECT * FROM sales")) == 4


def test_a_url_that_cannot_be_used_gets_an_error_that_says_why(tmp_path: Path) -> None:
    """And no error shows a password."""
    with pytest.raises(DataFileError, match="no file"):
        SQLAlchemyDatabase(f"sqlite:///{tmp_path}/none.db")
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="in memory is empty"):
            SQLAlchemyDatabase(url)
    with pytest.raises(ValueError, match="begins as sqlite"):
        SQLAlchemyDatabase("no url")
    with pytest.raises(ValueError, match="begins as sqlite"):
        SQLAlchemyDatabase("nosuchdb://host/name")
    with pytest.raises(ValueError, match="async"):
        SQLAlchemyDatabase("postgresql+asyncpg://host/name")
    (tmp_path / "text.db").write_text("this is no database " * 100)
    with pytest.raises(DataError, match="not a database"):
        SQLAlchemyDatabase(f"sqlite:///{tmp_path}/text.db").schema()


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    """The URL is shown with stars in its place."""
    pytest.importorskip("psycopg")
    database = SQLAlchemyDatabase("postgresql+psycopg://me:secret@127.0.0.1:1/shop")
    with pytest.raises(DataError, match="cannot be reached") as caught:
        database.schema()
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(database)


def test_postgresql_is_only_read(postgres_url: str) -> None:
    """Rows come back; what writes, waits or reads the server's files does not run."""
    database = SQLAlchemyDatabase(postgres_url)
    sql = "SELECT region, sum(amount) AS total FROM sales WHERE region LIKE 'N%' GROUP BY 1"
    assert database.run(database.check(sql)).rows == (("North", 40.5),)
    assert database.run("SELECT random() < 2 AS yes").rows == ((True,),)
    table = database.run("SELECT a FROM generate_series(1, 3000) AS t(a)", row_limit=10)
    assert (len(table), table.row_count) == (10, 3000)
    for sql in (
        "WITH x AS (DELETE FROM sales RETURNING 1) SELECT * FROM x", "SELECT * INTO u FROM sales",
        "SELECT pg_sleep(9)", "SELECT nextval('numbers')", "SELECT * FROM pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')", "COPY sales TO PROGRAM 'cat'", "SELECT sneak()",
        "SELECT 1; COMMIT; DROP TABLE sales",
    ):  # fmt: skip
        with pytest.raises(QueryRefusedError):
            database.run(sql)
    with pytest.raises(QueryError, match=r'"regoin" does not exist.*near names: region'):
        database.check("SELECT regoin FROM sales")
    with pytest.raises(QueryTimeoutError):
        database.run("SELECT count(*) FROM generate_series(1, 100000000000)", timeout=0.2)
    assert len(database.run("SELECT * FROM sales")) == 4
    database.close()


def test_the_transaction_of_postgresql_only_reads(postgres_url: str) -> None:
    """The guard behind the check: the server itself refuses what writes."""
    database = SQLAlchemyDatabase(postgres_url)
    errors = pytest.importorskip("sqlalchemy").exc
    for sql in ("DELETE FROM sales", "SELECT nextval('numbers')", "CREATE TABLE u (a int)"):
        with (
            database._reading(5) as connection,
            pytest.raises(errors.DBAPIError, match="read-only"),
        ):
            connection.exec_driver_sql(sql)
    assert len(database.run("SELECT * FROM sales")) == 4
    database.close()


def test_other_engines_are_found_by_their_names() -> None:
    """A driver that is not installed is named in the error."""
    pytest.importorskip("sqlalchemy")
    with pytest.raises(ExtraMissingError, match="pip install"):
        open_reading("mysql+pymysql://me@host/shop")
