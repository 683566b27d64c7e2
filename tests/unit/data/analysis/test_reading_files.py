"""`read_piece`: files of a session's folder, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentcore.data.analysis.reading_files import PIECE, read_piece
from agentcore.errors import DataFileError


def test_a_file_comes_in_pieces(tmp_path: Path) -> None:
    """The last piece says so, also when the file ends with a full one."""
    (tmp_path / "file").write_bytes(b"x" * PIECE + b"y")
    (tmp_path / "full").write_bytes(b"x" * PIECE)
    assert read_piece(tmp_path, str(tmp_path / "file"), 0) == (b"x" * PIECE, False)
    assert read_piece(tmp_path, "file", PIECE) == (b"y", True)
    assert read_piece(tmp_path, "full", 0)[1]


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    """Neither by name, nor by a link or a pipe that code has made."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    for name in ("link", "up/secret", "../secret", str(tmp_path / "secret"), "pipe", ".", "none"):
        with pytest.raises(DataFileError):
            read_piece(folder, name, 0)
    with pytest.raises(DataFileError):
        read_piece(None, "link", 0)
