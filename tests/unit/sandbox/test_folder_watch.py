"""What stands in a folder, and what has changed."""

from __future__ import annotations

import os
from pathlib import Path

from agentcore.sandbox.folder_watch import is_plain_file, look_into


def test_new_and_changed_files_are_told_and_links_are_not(tmp_path: Path) -> None:
    """Nor hidden files and folders; what they take is counted all the same."""
    (tmp_path / "same").write_text("1")
    (tmp_path / "old").write_text("1")
    before = look_into(tmp_path)
    (tmp_path / "old").write_text("22")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "new").write_text("1")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "large").write_bytes(bytes(100_000))
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    after = look_into(tmp_path)
    assert after.changed_since(before) == (tmp_path / "old", tmp_path / "sub" / "new")
    assert after.size - before.size >= 100_000
    assert not is_plain_file(tmp_path / "link")
    assert is_plain_file(tmp_path / "old")


def test_a_folder_that_has_too_much_is_not_looked_through(tmp_path: Path) -> None:
    """Very many empty files are much, and looking at them all would take long."""
    for number in range(50):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "empty").touch()
    assert look_into(tmp_path, 300_000).size > 300_000
    assert look_into(tmp_path).size >= 100 * 4096


def test_a_sparse_file_takes_what_it_has(tmp_path: Path) -> None:
    """And not what it could."""
    with open(tmp_path / "sparse", "wb") as file:
        os.ftruncate(file.fileno(), 10**9)
    assert look_into(tmp_path).size < 10**6
    assert look_into(tmp_path / "nowhere").files == {}
