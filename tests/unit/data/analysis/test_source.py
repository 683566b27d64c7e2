"""`Source`: which files are tables, which are documents, and whose they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentcore.data.analysis.source import Source, files_of, source_of
from agentcore.errors import DataFileError


def names(source: Source, has_library: bool) -> tuple[list[str], list[str]]:
    """Return the names of the files of a source."""
    tables, documents = files_of(source, has_library)
    return [path.name for path in tables], [path.name for path in documents]


def of(*paths: Any, **corrections: Any) -> Source:
    """Return a source of everybody's."""
    return source_of(paths, corrections, None, "")


def test_files_are_told_apart_by_their_endings(tmp_path: Path) -> None:
    """A text is a document, unless there is no library or it was said how to read it."""
    for name in ("a.csv", "b.md", "c.txt", "d.png"):
        (tmp_path / name).write_text("x")
    assert names(of(tmp_path), True) == (["a.csv"], ["b.md", "c.txt"])
    assert names(of(tmp_path), False) == (["a.csv", "c.txt"], [])
    assert names(of(tmp_path / "*.txt", separator=";"), True) == (["c.txt"], [])
    assert names(of(tmp_path / "a.csv", tmp_path), True)[0] == ["a.csv"]


def test_what_names_no_file_is_refused(tmp_path: Path) -> None:
    """Names, patterns and folders without one, and documents without a library."""
    (tmp_path / "b.md").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("none.csv", "*.csv", "empty", "b.md", "*.md"):
        with pytest.raises(DataFileError, match=r"none.csv|\*|empty|library"):
            files_of(of(tmp_path / name), False)


def test_names_are_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another process may be in another folder."""
    monkeypatch.chdir(tmp_path)
    assert of("a.csv").paths == (str(tmp_path / "a.csv"),)


def test_files_are_for_sessions_of_their_owner() -> None:
    """Those of nobody are for all; those of a session for that one only."""
    everybodys, anns = source_of(["a"], {}, None, ""), source_of(["a"], {}, None, "ann")
    own = source_of(["a"], {}, "mine", "ann")
    assert everybodys.is_for("mine", "ann")
    assert everybodys.is_for("default", "")
    assert anns.is_for("other", "ann")
    assert not anns.is_for("other", "bob")
    assert own.is_for("mine", "ann")
    assert not own.is_for("other", "ann")
