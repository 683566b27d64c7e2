"""A library as a tool."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path

import pytest

from agentcore.retrieval import Library, search_library
from agentcore.testing import WordEmbedder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Give a library with a document of everybody's and one of Ann's."""
    made = Library(tmp_path / "library", embedder=WordEmbedder())
    made.add_text("The pump weighs 7 kg.", source="pump.md")
    made.add_text("The code is 4711.", source="ann.md", owner="ann")
    return made


def test_a_call_returns_quoted_passages_with_their_sources(library: Library) -> None:
    """Outside of any turn it finds everybody's."""
    found = search_library(library).function(query="code of the pump")
    assert found == "<documents>\n[1] pump.md\nThe pump weighs 7 kg.\n</documents>"


def test_the_owner_may_be_said_beforehand(library: Library) -> None:
    """Then it is no matter whose message is answered."""
    assert "4711" in search_library(library, owner="ann").function(query="code")


def test_a_search_without_result_says_so(tmp_path: Path) -> None:
    """A library that is empty finds nothing."""
    empty = Library(tmp_path / "empty", embedder=WordEmbedder())
    assert search_library(empty).function(query="code") == "No passage was found."


def test_the_tool_pickles_as_its_library_does(library: Library) -> None:
    """So agents on other hosts have it."""
    tool = search_library(library, name="manuals", description="Search the manuals.")
    copy = pickle.loads(pickle.dumps(tool))
    assert (copy.name, copy.description) == ("manuals", "Search the manuals.")
    assert "7 kg" in copy.function(**copy.read('{"query": "pump"}'))


def test_an_async_library_is_awaited() -> None:
    """Its tool returns an awaitable."""

    class Later:
        async def search(self, query: str, *, limit: int, owner: str | None) -> list[object]:
            return []

    assert asyncio.run(search_library(Later()).function(query="x")) == "No passage was found."


def test_what_is_no_library_is_refused() -> None:
    """At once, and not when a model calls the tool."""
    with pytest.raises(TypeError, match=r"takes a Library, not './library'"):
        search_library("./library")  # type: ignore[arg-type]
