"""`Library`: what is added is found, by those who may find it, and by nobody else."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from agentcore.errors import DocumentError, LibraryError, LibraryFormatError
from agentcore.retrieval import Document, Library, LocalEmbedder, Passage, Progress
from agentcore.testing import WordEmbedder

pytest.importorskip("lancedb")

KINDS = ("text", "vector", "hybrid")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library that needs no model."""
    return Library(tmp_path / "library", embedder=WordEmbedder())


def sources(found: tuple[Passage, ...]) -> list[str]:
    """Give the sources of what was found, in its order."""
    return [passage.source for passage in found]


def test_a_library_that_is_not_there_is_empty_and_is_not_made(library: Library) -> None:
    """By asking for something; a library is made by what is put into it."""
    assert library.search("anything") == ()
    assert (library.count(), library.sources(), library.delete("a")) == (0, (), 0)
    assert not Path(library.place).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_the_passage_that_fits_best_comes_first(library: Library, kind: str) -> None:
    """By words, by meaning, and by both; with its source, metadata and position."""
    library.add_text("The harbour was closed in winter.", source="b", metadata={"year": 1990})
    library.add_text("Cats sleep all day.", source="a")
    best = library.search("harbour in winter", kind=kind)[0]
    assert (best.source, best.position, best.metadata) == ("b", 0, {"year": 1990})
    assert best.text == "The harbour was closed in winter."


def test_english_is_found_in_other_forms_of_its_words(library: Library) -> None:
    """The full-text index stems them, and what was just added is in the search at once."""
    library.add_text("The dogs were running.", source="a")
    for words in ("dog", "run", "runs"):
        assert sources(library.search(words, kind="text")) == ["a"]
    assert library.search("the", kind="text") == ()


@pytest.mark.parametrize("words", ["首都", "政治中心", "有趣", "机器学习"])
def test_chinese_is_found_by_its_words(library: Library, words: str) -> None:
    """Without blanks between them, and whatever stands before or after."""
    library.add_text("北京是中国的首都,也是政治中心。机器学习很有趣。", source="zh")
    library.add_text("上海的天气很好。", source="other")
    assert sources(library.search(words, kind="text")) == ["zh"]
    assert sources(library.search(words))[0] == "zh"


def test_an_owner_finds_their_own_and_everybodys(library: Library) -> None:
    """Never another's; without an owner, everybody's alone. They delete their own alone."""
    for owner in ("", "ann", "bob"):
        library.add_text(f"the secret word of {owner or 'all'}", source="a", owner=owner)
    for kind in KINDS:
        seen = library.search("secret word", kind=kind, owner="ann", limit=9)
        assert sorted(passage.owner for passage in seen) == ["", "ann"]
        assert [each.owner for each in library.search("secret word", kind=kind)] == [""]
    assert library.count(owner="ann") == 2
    assert library.delete("a", owner="eve") == 0
    assert library.delete("a", owner="ann") == 1
    assert [each.owner for each in library.passages("a", owner="bob")] == ["", "bob"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"year": 2001}, ["a"]),
        ({"year": 2001.0}, ["a"]),
        ({"year": "2001"}, []),
        ({"year": [2001, 2002]}, ["a", "b"]),
        ({"year": []}, []),
        ({"year": {">": 2001, "<=": 2003}}, ["b"]),
        ({"year": {"!=": 2001}}, ["b"]),
        ({"tags": "x"}, ["a"]),
        ({"tags": ["x", "y"]}, ["a", "b"]),
        ({"draft": True}, ["b"]),
        ({"draft": None}, ["a"]),
        ({"who": 'O\'Neil "Bo" \\ 北京'}, ["a"]),
        ({"who": "' OR '1'='1"}, []),
        ({"x' OR '1'='1": 1}, []),
        ({"year": 2001, "tags": "y"}, []),
        ({}, ["a", "b"]),
    ],
)
def test_a_search_keeps_to_metadata(
    library: Library, where: dict[str, Any], found: list[str]
) -> None:
    """Equal, one of several, compared; a value is never read as SQL."""
    who = 'O\'Neil "Bo" \\ 北京'
    library.add_texts(
        [
            Document("word", source="a", metadata={"year": 2001, "tags": ["x", "z"], "who": who}),
            Document("word", source="b", metadata={"year": 2002, "tags": ["y"], "draft": True}),
        ]
    )
    for kind in KINDS:
        assert sorted(sources(library.search("word", kind=kind, where=where))) == found


def test_a_document_that_is_added_again_is_replaced(library: Library, tmp_path: Path) -> None:
    """Only its passages that are new are embedded."""
    file = tmp_path / "a.md"
    parts = [f"# Part {number}\n\n{'word ' * 200}" for number in range(4)]
    file.write_text("\n\n".join(parts))
    first = library.add(file)
    assert (first.sources, first.passages, first.embedded) == ((str(file),), 4, 4)
    parts[1] = "# Changed\n\n" + "other " * 150
    file.write_text("\n\n".join(parts[:3]))
    again = library.add(file)
    assert (again.passages, again.embedded, library.count()) == (3, 1, 3)
    assert [each.position for each in library.passages(file)] == [0, 1, 2]
    assert library.search("changed", kind="text")[0].position == 1


def test_files_folders_and_patterns_are_added(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By absolute paths, so that another process knows them; hidden files are left out."""
    for name in ("notes/a.md", "notes/deep/b.txt", "notes/.git/c.txt", "notes/p.png", "d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"words of {name}")
    monkeypatch.chdir(tmp_path)
    seen: list[Progress] = []
    added = library.add("notes", "*.txt", "notes/a.md", on_progress=seen.append)
    names = [str(tmp_path / name) for name in ("notes/a.md", "notes/deep/b.txt", "d.txt")]
    assert added.sources == tuple(names)
    assert (seen[-1].done, seen[-1].total, seen[-1].passages) == (3, 3, 3)
    assert library.delete("d.txt") == 1
    assert library.sources() == tuple(names[:2])


def test_an_update_reads_what_has_changed_and_drops_what_is_gone(
    library: Library, tmp_path: Path
) -> None:
    """Metadata is kept, and texts, which are no files, are left alone."""
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"text of {name}")
    library.add(tmp_path / "*.txt", metadata={"year": 2001})
    library.add_text("a note", source="note")
    (tmp_path / "a.txt").write_text("something new")
    (tmp_path / "b.txt").unlink()
    assert library.update().sources == (str(tmp_path / "a.txt"),)
    assert library.search("new", kind="text", where={"year": 2001})
    assert library.sources() == (str(tmp_path / "a.txt"), str(tmp_path / "c.txt"), "note")
    assert library.update().sources == ()
    with pytest.raises(DocumentError, match="add it first"):
        library.update(tmp_path / "b.txt")


def test_one_bad_file_does_not_keep_the_others_out(library: Library, tmp_path: Path) -> None:
    """The error names it, and says that the others were added."""
    (tmp_path / "a.txt").write_text("good words")
    (tmp_path / "b.pdf").write_bytes(b"rubbish")
    with pytest.raises(DocumentError, match="1 of 2 documents could not be read, the others were"):
        library.add(tmp_path / "*.*")
    assert library.sources() == (str(tmp_path / "a.txt"),)


@pytest.mark.parametrize("source", ["absent.txt", "no*.txt", "empty"])
def test_a_source_that_means_no_file_is_refused(
    library: Library, tmp_path: Path, source: str
) -> None:
    """Before anything is added."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(DocumentError, match=source.replace("*", r"\*")):
        library.add(tmp_path / source)
    assert library.count() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"query": " "}, "empty"),
        ({"query": "x", "kind": "hybird"}, "did you mean 'hybrid'"),
        ({"query": "x", "limit": 0}, "limit="),
    ],
)
def test_a_search_that_means_nothing_is_refused(
    library: Library, arguments: dict[str, Any], said: str
) -> None:
    """Also in a library that is empty."""
    with pytest.raises(ValueError, match=said):
        library.search(**arguments)


@pytest.mark.parametrize("query", ['" AND ) (:*', "\ud83d", "\0", "!?", "word " * 5_000, "' OR 1"])
def test_any_text_can_be_searched(library: Library, query: str) -> None:
    """No character of it is one of a query language."""
    library.add_text("a word", source="a")
    for kind in KINDS:
        library.search(query, kind=kind)


def test_a_pickled_library_is_opened_where_it_is_loaded(library: Library) -> None:
    """By its place, and sees what the other one writes."""
    library.add_text("first", source="a")
    other = pickle.loads(pickle.dumps(library))
    assert sources(other.search("first")) == ["a"]
    library.add_text("second", source="b")
    assert sources(other.search("second", kind="text")) == ["b"]


def test_a_library_of_another_embedder_is_not_searched(library: Library) -> None:
    """Its vectors would mean nothing."""
    library.add_text("word", source="a")
    for embedder in (LocalEmbedder(), WordEmbedder(dimensions=32)):
        with pytest.raises(LibraryFormatError, match="was made with the embedder 'words'"):
            Library(library.place, embedder=embedder).search("word")


class _Short:
    """An embedder whose vectors are not as long as it says."""

    name = "short"
    dimensions = 8

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0] * 7 for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0] * 7


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    """By a sentence that says what was promised."""
    with pytest.raises(LibraryError, match="a vector of 7 numbers"):
        Library(tmp_path / "library", embedder=_Short()).add_text("word", source="a")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Where a file is in the way."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "library", "nowhere://x"):
        with pytest.raises(LibraryError, match="cannot be opened"):
            Library(place, embedder=WordEmbedder()).add_text("word", source="a")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"place": ""}, ValueError),
        ({"place": "x", "chunk": 5}, ValueError),
        ({"place": "x", "embedder": "e5"}, TypeError),
    ],
)
def test_settings_that_make_no_library_are_refused(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    """When it is made, not when it is used."""
    with pytest.raises(error):
        Library(**arguments)
