"""Files as people have them, read as tables."""

from __future__ import annotations

import gzip
import pickle
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.data import LoadedTable, load_tables, preview, profile
from agentcore.errors import DataFileError

_LETTER = (
    b"This is a letter. It has no table, but it has commas, and words.\n"
    b"Dear Sir, I write to you.\nYours\n"
)
EXAMPLES = Path(__file__).parents[4] / "benchmarks/dabench/tables"


def loaded(folder: Path, name: str, data: str | bytes, **corrections: Any) -> LoadedTable:
    """Write a file, and read it as its only table."""
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    (table,) = load_tables(file, folder=folder / "kept", **corrections)
    return table


def rows(table: LoadedTable) -> list[list[Any]]:
    """Return the rows, with ``None`` for what is missing."""
    frame = table.to_pandas().astype(object)
    return [[None if cell != cell else cell for cell in row] for row in frame.values.tolist()]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Stadt;Menge\nMünchen;1\nKöln;2\n"),
        ("big5", "城市,數量\n台北市政府大樓,1\n高雄市立圖書館,2\n臺中國家歌劇院,3\n"),
        (
            "shift_jis",
            "都市,数量\n東京都庁舎展望室,1\n大阪城天守閣内部,2\nこんにちは世界,5\n",
        ),
        ("gb18030", "城市,数量\n北京市人民政府大楼,1\n上海市图书馆总馆,2\n广州塔观光层,3\n"),
        ("utf-16-le", "name,n\nalpha,1\nbeta,2\n"),
        ("utf-16", "name,n\nalpha,1\nbeta,2\n"),
        ("utf-8-sig", "name,n\nälpha,1\nbeta,2\n"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, text: str) -> None:
    """The names and the texts are those that were written."""
    table = loaded(tmp_path, "in.csv", text.encode(encoding))
    lines = [line.replace(";", ",").split(",") for line in text.splitlines()]
    assert [column.name for column in table.columns] == lines[0]
    assert [row[0] for row in rows(table)] == [line[0] for line in lines[1:]]


@pytest.mark.parametrize(
    ("text", "columns", "first"),
    [
        ("a;b\n1.234,56;x\n2.000,00;y\n", ["a", "b"], [1234.56, "x"]),
        ("a\tb\n1\tx, y\n", ["a", "b"], [1, "x, y"]),
        ("a,b\r1,2\r3,4\r", ["a", "b"], [1, 2]),
        ('Report of 2023\n\nR,A,S\nN,"1,200",12%\nS,(300),5%\n', ["R", "A", "S"], ["N", 1200, 12]),
        (" a , b\n1,n/a\n2,3\n", ["a", "b"], [1, None]),
        ("a,b\n1,2\n3,4,5\n6\n", ["a", "b", "Unnamed: 2"], [1, 2, None]),
        ("count,class,class\n1,2,3\n", ["count", "class", "class.1"], [1, 2, 3]),
        ("R,22,,23,\n,Q1,Q2,Q1,Q2\nN,1,2,3,4\n", ["R", "22 Q1", "22 Q2", "23 Q1", "23 Q2"],
         ["N", 1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_odd_layouts_are_read(
    tmp_path: Path, text: str, columns: list[str], first: list[Any]
) -> None:
    """Separators, line ends, titles above the header, marks around numbers, ragged rows."""
    table = loaded(tmp_path, "in.csv", text)
    assert [column.name for column in table.columns] == columns
    assert rows(table)[0] == first


def test_what_was_assumed_is_said_and_can_be_corrected(tmp_path: Path) -> None:
    """The header is counted from 1, as a spreadsheet does."""
    text = "Sales\nRegion,Amount\nnorth,1\nsouth,2\n"
    table = loaded(tmp_path, "in.csv", text)
    assert any("row 2" in note for note in table.notes)
    table = loaded(tmp_path, "in.csv", text, header=3, types={"1": "text"})
    assert [column.name for column in table.columns] == ["north", "1"]
    assert rows(table) == [["south", "2"]]
    with pytest.raises(TypeError, match="encoding"):
        loaded(tmp_path, "in.csv", text, encodin="utf-8")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "image"),
        ("paper.pdf", b"%PDF-1.4 ...", "PDF"),
        ("bad.json", b'{"a":', "JSON"),
        ("not.xlsx", b"a,b\n1,2\n", "Excel"),
        ("letter.txt", _LETTER, "text"),
    ],
)
def test_what_is_no_table_is_one_clear_error(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    """Nothing is kept of it, nor of what was read before it."""
    good = tmp_path / "good.csv"
    good.write_text("a,b\n1,2\n")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataFileError, match=words) as caught:
        load_tables(good, tmp_path / name, folder=tmp_path / "kept")
    assert name in str(caught.value)
    assert not list((tmp_path / "kept").glob("*.parquet"))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """So is a folder or a pattern without tables."""
    for source in ("none.csv", "*.csv", "."):
        with pytest.raises(DataFileError):
            load_tables(tmp_path / source, folder=tmp_path / "kept")


def test_each_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    """Merged cells have their value in each; a cover page is none; one sheet can be chosen."""
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover["A1"] = "A cover"
    first, second = book.create_sheet("2021"), book.create_sheet("2022")
    for row in (
        ["A title"],
        [],
        ["Region", "Amount", "Day"],
        ["N", 10, datetime(2021, 1, 2)],
        [None, 20, None],
    ):
        first.append(row)
    first.merge_cells("A4:A5")
    for row in (["Region", "Amount"], ["S", 1.5]):
        second.append(row)
    book.save(tmp_path / "book.xlsx")
    tables = load_tables(tmp_path / "book.xlsx", folder=tmp_path / "kept")
    assert [table.name for table in tables] == ["book_2021", "book_2022"]
    assert [row[:2] for row in rows(tables[0])] == [["N", 10], ["N", 20]]
    (only,) = load_tables(tmp_path / "book.xlsx", folder=tmp_path / "kept", sheet="2022")
    assert rows(only) == [["S", 1.5]]
    with pytest.raises(DataFileError, match="2022"):
        load_tables(tmp_path / "book.xlsx", folder=tmp_path / "kept", sheet="2023")


def test_other_files_are_read_too(tmp_path: Path) -> None:
    """SQLite, JSON lines, Parquet and packed files, of a folder with all of them."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.execute("INSERT INTO t VALUES (1, 'x')")
        connection.commit()
    (tmp_path / "lines.jsonl").write_text('{"a": 1, "b": "x"}\n{"a": 2}\n')
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n"))
    pandas.DataFrame({"a": [1], "b": ["x"]}).to_parquet(tmp_path / "p.parquet")
    tables = load_tables(tmp_path, folder=tmp_path / "kept")
    assert len(tables) == 4
    for table in tables:
        assert rows(table)[0] == [1, "x"]


def test_a_table_crosses_processes_and_is_described(tmp_path: Path) -> None:
    """By its file; the words for a prompt are few."""
    table = loaded(tmp_path, "in.csv", "n,t\n1,00:01:00\n2,00:02:00\n")
    assert pickle.loads(pickle.dumps(table)) == table
    assert LoadedTable.from_plain(table.to_plain()) == table
    words = profile(table, variable="df")
    assert "`df` has 2 rows" in words
    assert "pd.to_timedelta(df['t'])" in words
    assert preview(table, 1).splitlines()[0] == "n,t"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.csv")), ids=lambda file: file.stem)
def test_real_files_have_the_values_that_pandas_reads(file: Path, tmp_path: Path) -> None:
    """Published answers come from it. One file has a title, which pandas takes for names."""
    (table,) = load_tables(file, folder=tmp_path)
    if file.stem == "Current_Logan":
        assert table.columns[0].name == "Wins"
        return
    expected = pandas.read_csv(file)
    expected.columns = [name.strip() for name in expected.columns]
    pandas.testing.assert_frame_equal(table.to_pandas(), expected)


_CELLS = st.one_of(st.integers(-1000, 1000), st.none())
_TEXTS = st.sampled_from(["north", "south", "a b", "x,y", 'say "so"', "é"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(_TEXTS, _CELLS, st.floats(-10, 10)), min_size=1, max_size=20))
def test_what_pandas_writes_is_read_as_pandas_reads_it(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, int | None, float]]
) -> None:
    """Whatever the values are."""
    folder = tmp_path_factory.mktemp("frames")
    file = folder / "in.csv"
    pandas.DataFrame(values, columns=["text", "whole", "part"]).to_csv(file, index=False)
    (table,) = load_tables(file, folder=folder)
    expected = pandas.read_csv(file)
    pandas.testing.assert_frame_equal(
        table.to_pandas(), expected, check_dtype=False, check_exact=False
    )
