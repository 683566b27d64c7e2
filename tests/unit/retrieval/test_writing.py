"""Several writers at once: nothing is lost, and no document is a mixture of two."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agentcore.errors import LibraryError
from agentcore.retrieval import Library
from agentcore.testing import WordEmbedder

pytest.importorskip("lancedb")

WRITERS, ROUNDS = 3, 4


def write_much(library: Library, writer: int) -> list[str]:
    """Add, replace and delete while others do; give what was not found at once."""
    missed = []
    for turn in range(ROUNDS):
        word = f"own{writer}x{turn}"
        library.add_text(f"a text of {word}", source=word)
        if not library.search(word, kind="text"):
            missed.append(word)
        parts = (f"# Part {part}\n\nversion{writer}x{turn} " + "pad " * 60 for part in range(turn))
        library.add_text("\n\n".join(["# Begin", *parts]), source="shared")
        if turn % 4 == 3:
            library.delete(f"own{writer}x{turn - 1}")
    return missed


def check_all_is_there(library: Library) -> None:
    """Each writer's texts but those that it deleted, and the last version of the shared one."""
    kept = {f"own{w}x{t}" for w in range(WRITERS) for t in range(ROUNDS) if t % 4 != 2}
    assert set(library.sources()) == {*kept, "shared"}
    shared = library.passages("shared")
    assert [passage.position for passage in shared] == list(range(len(shared)))
    assert len({passage.text.split()[3] for passage in shared[1:]}) == 1
    assert library.count() == len(kept) + len(shared)


def test_processes_write_into_one_library_at_once(tmp_path: Path) -> None:
    """A folder that none of them had made before: real processes, the same document among all."""
    library = Library(tmp_path / "library", embedder=WordEmbedder(), chunk=300)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, mp_context=context) as pool:
        missed = pool.map(write_much, [library] * WRITERS, range(WRITERS))
        assert list(missed) == [[]] * WRITERS
    check_all_is_there(library)


@pytest.mark.ray
def test_tasks_on_ray_write_into_one_library_at_once(ray_cluster: Any, tmp_path: Path) -> None:
    """Each worker of the cluster opens the library that it was sent for itself."""
    import ray

    library = Library(tmp_path / "library", embedder=WordEmbedder(), chunk=300)
    task = ray.remote(write_much)
    assert ray.get([task.remote(library, w) for w in range(WRITERS)]) == [[]] * WRITERS
    check_all_is_there(library)


def _in_fork(library: Library, words: Any) -> None:
    try:
        library.search("word")
    except LibraryError as error:
        words.put(str(error))


def test_a_forked_process_is_told_that_it_would_hang(tmp_path: Path) -> None:
    """The engine's threads are not in it; whoever is told can start it otherwise."""
    library = Library(tmp_path / "library", embedder=WordEmbedder())
    library.add_text("word", source="a")
    context = multiprocessing.get_context("fork")
    words = context.SimpleQueue()
    process = context.Process(target=_in_fork, args=(library, words))
    process.start()
    process.join(30)
    assert "spawn" in words.get()


def test_many_small_additions_are_joined(tmp_path: Path) -> None:
    """So that the thousandth search reads no thousand files; all is found before and after."""
    library = Library(tmp_path / "library", embedder=WordEmbedder())
    for number in range(23):
        library.add_text(f"number{number}", source=str(number))
    fragments = library._open().stats()["fragment_stats"]["num_fragments"]
    assert fragments < 10
    found = [library.search(f"number{each}", kind="text")[0].source for each in range(23)]
    assert found == [str(each) for each in range(23)]
