"""`TableShelf`: whatever code does to its copies, the tables stay as they were read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest

from agentcore.data.analysis.table_shelf import TableShelf
from agentcore.errors import DataFileError


@pytest.fixture
def shelf(tmp_path: Path) -> TableShelf:
    """A shelf with a table of two rows, whose code works in the folder ``work``."""
    file = tmp_path / "sales.csv"
    file.write_text("region,amount\nnorth,10\nsouth,20\n")
    (tmp_path / "work").mkdir()
    shelf = TableShelf(tmp_path / "private", tmp_path / "work")
    shelf.add([file], {})
    return shelf


def amounts(path: Path) -> list[int]:
    """Return what a copy has in it."""
    return list(pandas.read_parquet(path)["amount"])


def test_code_has_a_copy_which_stays_while_nobody_changes_it(
    shelf: TableShelf, tmp_path: Path
) -> None:
    """It is in the folder of the code, and the table is not."""
    [table], [copy] = shelf.tables, shelf.for_code()
    assert copy.path == tmp_path / "work" / "sales.parquet"
    assert table.path.is_relative_to(tmp_path / "private")
    before = copy.path.stat()
    assert shelf.for_code() == (copy,)
    assert copy.path.stat() == before


def overwrite(path: Path, outside: Path) -> None:
    """Write something else into the file."""
    pandas.DataFrame({"amount": [0]}).to_parquet(path)


def remove(path: Path, outside: Path) -> None:
    """Remove the file."""
    path.unlink()


def link(path: Path, outside: Path) -> None:
    """Put a link to a file outside in its place."""
    path.unlink()
    path.symlink_to(outside)


def make_folder(path: Path, outside: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    (path / "more").mkdir(parents=True)


@pytest.mark.parametrize("change", [overwrite, remove, link, make_folder])
def test_a_changed_copy_is_made_anew(
    shelf: TableShelf, tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    """And nothing is written through a link."""
    outside = tmp_path / "outside.txt"
    outside.write_text("not the code's")
    [copy] = shelf.for_code()
    change(copy.path, outside)
    [again] = shelf.for_code()
    assert amounts(again.path) == [10, 20]
    assert not again.path.is_symlink()
    assert outside.read_text() == "not the code's"


def test_a_link_that_waits_for_a_copy_is_not_followed(shelf: TableShelf, tmp_path: Path) -> None:
    """The copy gets another name."""
    outside = tmp_path / "outside.txt"
    for name in ("sales.parquet", "sales-2.parquet"):
        (tmp_path / "work" / name).symlink_to(outside)
    [copy] = shelf.for_code()
    assert copy.path.name == "sales-3.parquet"
    assert not outside.exists()


def test_copies_go_with_the_shelf_and_with_a_table_that_is_read_anew(
    shelf: TableShelf, tmp_path: Path
) -> None:
    """What else is in the folder stays."""
    (tmp_path / "work" / "mine.txt").touch()
    shelf.for_code()
    (tmp_path / "sales.csv").write_text("region,amount\nnorth,11\n")
    shelf.add([tmp_path / "sales.csv"], {})
    assert os.listdir(tmp_path / "work") == ["mine.txt"]
    [copy] = shelf.for_code()
    assert amounts(copy.path) == [11]
    shelf.close()
    assert os.listdir(tmp_path / "work") == ["mine.txt"]


def test_a_folder_that_is_gone_is_said(shelf: TableShelf, tmp_path: Path) -> None:
    """With its name, and that of the table."""
    shutil.rmtree(tmp_path / "work")
    with pytest.raises(DataFileError, match=r"sales cannot be copied into .*work"):
        shelf.for_code()
