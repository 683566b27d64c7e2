"""The place of a library: what else may be there, and of which version it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentcore.errors import LibraryFormatError
from agentcore.retrieval import Library, table
from agentcore.testing import WordEmbedder

lancedb = pytest.importorskip("lancedb")


def test_a_library_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what can be done; nothing in it is changed."""
    monkeypatch.setattr(table, "_VERSION", 2)
    newer = Library(tmp_path, embedder=WordEmbedder())
    newer.add_text("word", source="a")
    monkeypatch.undo()
    library = Library(tmp_path, embedder=WordEmbedder())
    with pytest.raises(LibraryFormatError, match=r"version 2, and this agentcore reads version 1"):
        library.search("word")
    with pytest.raises(LibraryFormatError):
        library.add_text("word", source="a")


def test_a_table_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """One of LanceDB with the same name, and a folder of files that are none of its."""
    lancedb.connect(tmp_path / "one").create_table("passages", [{"text": "word"}])
    (tmp_path / "two" / "passages.lance").mkdir(parents=True)
    (tmp_path / "two" / "passages.lance" / "x").write_text(json.dumps({}))
    for place in ("one", "two"):
        library = Library(tmp_path / place, embedder=WordEmbedder())
        with pytest.raises(LibraryFormatError, match="another folder"):
            library.search("word")


def test_a_library_is_found_by_a_url(tmp_path: Path) -> None:
    """The way to an object storage; here one that is a folder."""
    Library(f"file://{tmp_path}/a", embedder=WordEmbedder()).add_text("word", source="a")
    assert Library(tmp_path / "a", embedder=WordEmbedder()).sources() == ("a",)
