"""`DuckDBDatabase`: what it reads, and that it can do nothing else."""

from __future__ import annotations

import pickle
import threading
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore.data import DuckDBDatabase
from agentcore.errors import (
    DataError,
    DataFileError,
    QueryError,
    QueryTimeoutError,
)

CSV = "region,year,Amount Due\nNorth,2023,10.5\nNorth,2024,30\nSouth,2023,20\nSouth,2024,\n"
ESCAPES = [
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_metadata('{file}')", "COPY sales TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{file}'", "ATTACH '{folder}/new.db'", "INSTALL httpfs", "LOAD httpfs",
    "SET memory_limit = '8GB'", "PRAGMA database_list", "SELECT getenv('HOME')",
    "CREATE TABLE mine AS SELECT 1", "DROP VIEW sales", "EXPORT DATABASE '{folder}'",
    "SELECT * FROM query('DROP VIEW sales')", "CALL pragma_version()", "CHECKPOINT",
    "SELECT * FROM sqlite_scan('{file}', 'x')", "SELECT * FROM duckdb_secrets()",
    "EXPLAIN ANALYZE SELECT 1", "SELECT repeat('x', 4000000000)", "PIVOT sales ON year",
]  # fmt: skip
ENDLESS = "SELECT count(*) FROM range(100000000000)"


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A Parquet file with one table."""
    (tmp_path / "sales.csv").write_text(CSV)
    path = tmp_path / "sales.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{tmp_path}/sales.csv')) TO '{path}'")
    return path


def test_a_file_is_a_table_of_its_name(parquet: Path) -> None:
    """Parquet and CSV give the same rows, as plain values."""
    sql = 'SELECT region, sum("Amount Due") AS total FROM sales GROUP BY 1 ORDER BY 1'
    for path in (parquet, parquet.with_suffix(".csv"), str(parquet)):
        with_rows = DuckDBDatabase(path).run(sql)
        assert with_rows.columns == ("region", "total")
        assert with_rows.rows == (("North", 40.5), ("South", 20.0))


def test_several_files_are_several_tables_by_the_names_that_are_given(parquet: Path) -> None:
    """A dict names them."""
    database = DuckDBDatabase({"one": parquet, "two": parquet.with_suffix(".csv")})
    assert [table.name for table in database.tables()] == ["one", "two"]
    joined = database.run("SELECT count(*) FROM one JOIN two USING (region, year)")
    assert joined.rows == ((4,),)


def test_a_database_file_is_read_as_it_is(tmp_path: Path) -> None:
    """It is opened so that it cannot be written."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales AS SELECT 1 AS a")
    before = path.read_bytes()
    assert DuckDBDatabase(path).run("SELECT a FROM sales").rows == ((1,),)
    assert path.read_bytes() == before


def test_the_schema_tells_columns_kinds_and_values(parquet: Path) -> None:
    """A model is told how values are spelled."""
    text = DuckDBDatabase(parquet).schema()
    assert "Table sales" in text
    assert "- region VARCHAR: 'North', 'South'" in text
    assert '- "Amount Due" DOUBLE: 10.5, 30.0, 20.0' in text


@pytest.mark.parametrize("sql", ESCAPES)
def test_what_does_more_than_read_is_refused(sql: str, parquet: Path) -> None:
    """And nothing is changed, and no file comes of it."""
    before = {path: path.read_bytes() for path in parquet.parent.iterdir()}
    database = DuckDBDatabase(parquet)
    with pytest.raises(QueryError):
        database.run(sql.format(folder=parquet.parent, file=parquet))
    assert {path: path.read_bytes() for path in parquet.parent.iterdir()} == before
    assert len(database.run("SELECT * FROM sales")) == 4


@pytest.mark.parametrize("sql", [each for each in ESCAPES if "mine" not in each])
def test_the_engine_itself_reaches_no_file_and_no_setting(sql: str, parquet: Path) -> None:
    """Also if the check before it let the query through, other files stay as they are, unread."""
    database = DuckDBDatabase(parquet)
    database.tables()
    connection = database._connection
    outside = ("/etc/passwd", "out.csv", "new.db", "httpfs", "memory_limit", "(SELECT 1) TO")
    before = {path: path.read_bytes() for path in parquet.parent.iterdir()}
    if any(word in sql for word in outside):
        with pytest.raises(duckdb.Error):
            connection.execute(sql.format(folder=parquet.parent, file=parquet))
    assert {path: path.read_bytes() for path in parquet.parent.iterdir()} == before


def test_many_rows_are_cut_and_the_table_says_how_many_there_were(parquet: Path) -> None:
    """Only as many as are wanted are kept."""
    table = DuckDBDatabase(parquet).run("SELECT a FROM range(5000) AS t(a)", row_limit=10)
    assert (len(table), table.row_count) == (10, 5000)


def test_a_query_that_takes_too_long_is_ended(parquet: Path) -> None:
    """The error says how long it might take, and the database goes on."""
    database = DuckDBDatabase(parquet)
    with pytest.raises(QueryTimeoutError, match=r"longer than 0.2 s"):
        database.run(ENDLESS, timeout=0.2)
    assert len(database.run("SELECT * FROM sales")) == 4


def test_memory_is_bounded(parquet: Path) -> None:
    """What needs more fails with the engine's words."""
    database = DuckDBDatabase(parquet, memory_limit="50MB")
    with pytest.raises(QueryError, match=r"(?i)memory"):
        database.run("SELECT list(a || 'xxxxxxxxxxxxxxxx') FROM range(20000000) AS t(a)")


def test_a_query_is_interrupted_from_another_thread(parquet: Path) -> None:
    """It ends with an error that says so."""
    database = DuckDBDatabase(parquet)
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


def test_a_name_that_is_not_there_gets_near_names(parquet: Path) -> None:
    """The engine's words, and what is nearly that."""
    database = DuckDBDatabase(parquet)
    with pytest.raises(QueryError, match=r'"regoin" not found.*near names: region of sales'):
        database.check("SELECT regoin FROM sales")
    with pytest.raises(QueryError, match="near names: table sales"):
        database.check("SELECT * FROM sale")


def test_check_runs_nothing_and_gives_the_query_back(parquet: Path) -> None:
    """Without the blanks and the semicolon around it."""
    database = DuckDBDatabase(parquet)
    assert database.check(" SELECT 1 AS a;\n") == "SELECT 1 AS a"
    assert database.run("SELECT a FROM range(9) AS t(a); -- x", row_limit=2).row_count == 9


def test_it_pickles_as_its_files_and_opens_again_after_close(parquet: Path) -> None:
    """Another process opens them itself."""
    database = DuckDBDatabase(parquet, memory_limit="100MB")
    database.tables()
    copy = pickle.loads(pickle.dumps(database))
    database.close()
    for each in (copy, database):
        assert len(each.run("SELECT * FROM sales")) == 4


def test_files_that_are_no_tables_get_an_error_that_says_so(tmp_path: Path) -> None:
    """When it is made, or when it is first used."""
    (tmp_path / "a.docx").write_text("x")
    (tmp_path / "a.parquet").write_text("x")
    with pytest.raises(DataFileError, match="no file"):
        DuckDBDatabase(tmp_path / "none.csv")
    with pytest.raises(DataFileError, match="load_tables"):
        DuckDBDatabase(tmp_path / "a.docx")
    with pytest.raises(DataFileError, match=r"a\.parquet"):
        DuckDBDatabase(tmp_path / "a.parquet").schema()
    with pytest.raises(ValueError, match="one table or more"):
        DuckDBDatabase([])
    with pytest.raises(ValueError, match="dict of names"):
        DuckDBDatabase([tmp_path / "a.parquet", tmp_path / "a.parquet"])
    with pytest.raises(TypeError, match="path"):
        DuckDBDatabase([3])
    (tmp_path / "b.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"(?i)memory"):
        DuckDBDatabase(tmp_path / "b.csv", memory_limit="much").schema()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([*ESCAPES, "SELECT * FROM sales", "DELETE FROM sales"]), max_size=4)
)
def test_the_file_is_the_same_whatever_is_run(parquet: Path, queries: list[str]) -> None:
    """Several at once, too, which is refused as a whole."""
    database = DuckDBDatabase(parquet)
    before = parquet.read_bytes()
    for sql in [*queries, ";".join(queries)]:
        with suppress(QueryError):
            database.run(sql.format(folder=parquet.parent, file=parquet), timeout=5)
    assert parquet.read_bytes() == before
    assert sorted(path.name for path in parquet.parent.iterdir()) == ["sales.csv", "sales.parquet"]
