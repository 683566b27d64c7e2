"""`Memory`: facts of owners, by hand and in chats."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore.errors import FactNotFoundError
from agentcore.memory import Memory
from agentcore.retrieval import Library
from agentcore.testing import ScriptedModel, WordEmbedder

OWNERS = ["ann", "ann/x", "Ann", "a b@c.de", "安娜"]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Give an empty library."""
    return Library(tmp_path / "memory", embedder=WordEmbedder())


@pytest.fixture
def memory(library: Library) -> Memory:
    """Give an empty memory."""
    return Memory(library)


def texts(memory: Memory, owner: str) -> list[str]:
    """Give what is remembered of an owner."""
    return [fact.text for fact in memory.facts(owner)]


def test_a_fact_is_listed_corrected_and_forgotten(memory: Memory) -> None:
    """By its id; what it is about stays."""
    tea = memory.add("Ann likes tea.", owner="ann", about="drinks")
    memory.add("Ann has a dog.", owner="ann")
    assert texts(memory, "ann") == ["Ann likes tea.", "Ann has a dog."]
    corrected = memory.correct(tea.id, "Ann likes coffee.")
    assert (corrected.id, corrected.about, corrected.owner) == (tea.id, "drinks", "ann")
    assert texts(memory, "ann") == ["Ann has a dog.", "Ann likes coffee."]
    assert memory.forget("ann", tea.id) == 1
    assert texts(memory, "ann") == ["Ann has a dog."]
    assert (memory.forget("ann"), memory.forget("ann"), texts(memory, "ann")) == (1, 0, [])


@pytest.mark.parametrize("owner", OWNERS)
def test_an_owner_is_told_no_other_owners_facts(memory: Memory, owner: str) -> None:
    """Whatever their names look like."""
    for each in OWNERS:
        memory.add(f"{each} likes tea.", owner=each)
    assert texts(memory, owner) == [f"{owner} likes tea."]
    assert [fact.text for fact in memory.search("tea", owner=owner)] == [f"{owner} likes tea."]
    memory.forget(owner)
    assert all(len(memory.facts(each)) == (each != owner) for each in OWNERS)


def test_facts_of_another_owner_are_not_found_by_their_ids(memory: Memory) -> None:
    """Nor are those that were forgotten, or made up."""
    tea = memory.add("Ann likes tea.", owner="ann")
    with pytest.raises(FactNotFoundError):
        memory.forget("bob", tea.id)
    memory.forget("ann", tea.id)
    for id in (tea.id, "ann/1", "nonsense", "", 7):
        with pytest.raises(FactNotFoundError, match="there is no fact"):
            memory.correct(id, "x")  # type: ignore[arg-type]


def test_documents_of_the_same_library_are_no_facts_and_facts_no_documents(
    library: Library, memory: Memory
) -> None:
    """Also those of the owner."""
    library.add_text("The tea is in the kitchen.", source="tea.md")
    library.add_text("Ann's tea is green.", source="ann.md", owner="ann")
    memory.add("Ann likes tea.", owner="ann")
    assert [fact.text for fact in memory.search("tea", owner="ann")] == ["Ann likes tea."]
    assert {passage.source for passage in library.search("tea", owner="ann")} == {
        "tea.md",
        "ann.md",
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(st.integers(1, 5), st.integers(1, 400), st.integers(0, 9))
def test_what_is_recalled_is_bounded_however_much_is_known(
    library: Library, limit: int, characters: int, count: int
) -> None:
    """The number of facts, and of their characters."""
    memory = Memory(library, limit=limit, characters=characters)
    for number in range(count):
        memory.add(f"tea {number} " + "x" * 150, owner="ann")
    told = asyncio.run(memory.recall("tea", owner="ann"))
    assert told.count("- tea") <= limit
    assert len(told) <= characters + 60


def test_nothing_is_recalled_of_a_stranger(memory: Memory) -> None:
    """And no library is made for it."""
    assert asyncio.run(memory.recall("tea", owner="bob")) == ""


def test_a_chat_is_learned_from_by_hand(memory: Memory) -> None:
    """From its messages; a contradiction changes the fact, and keeps its id."""
    model = ScriptedModel(
        {"facts": ["The user likes tea."]},
        {"facts": ["the user likes tea"]},
        {"facts": ["The user hates tea."]},
        {"replaces": 1},
    )
    chat = [{"role": "user", "content": "I like tea."}, {"role": "assistant", "content": "I do."}]
    (first,) = asyncio.run(memory.learn(chat, owner="ann", model=model))
    assert asyncio.run(memory.learn(chat, owner="ann", model=model)) == ()
    (second,) = asyncio.run(memory.learn("I hate tea.", owner="ann", model=model))
    assert (first.id, first.text) == (second.id, "The user likes tea.")
    assert texts(memory, "ann") == ["The user hates tea."]


@pytest.mark.parametrize("said", ["", "  ", []])
def test_of_nothing_nothing_is_learned(memory: Memory, said: Any) -> None:
    """The model is not asked."""
    assert asyncio.run(memory.learn(said, owner="ann", model=ScriptedModel())) == ()


def test_a_memory_that_does_not_learn_asks_no_model(library: Library) -> None:
    """It has what it was given."""
    memory = Memory(library, learns=False)
    assert asyncio.run(memory.learn("I like tea.", owner="ann", model=ScriptedModel())) == ()


def test_a_long_fact_is_whole_though_its_passages_are_short(tmp_path: Path) -> None:
    """The library cuts it."""
    memory = Memory(Library(tmp_path / "short", embedder=WordEmbedder(), chunk=100))
    long = "Ann likes tea. " * 30
    memory.add(long, owner="ann")
    assert texts(memory, "ann") == [long.strip()]
    assert [fact.text for fact in memory.search("tea", owner="ann")] == [long.strip()]


def test_a_memory_pickles_as_its_place(memory: Memory) -> None:
    """A copy sees what the other one writes."""
    copy = pickle.loads(pickle.dumps(memory))
    memory.add("Ann likes tea.", owner="ann")
    assert texts(copy, "ann") == ["Ann likes tea."]


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": "8"}, {"characters": 0}, {"limit": True}]
)
def test_limits_are_numbers_from_1(library: Library, wrong: Any) -> None:
    """Others are refused at once."""
    with pytest.raises(ValueError, match="is a whole number, 1 or more"):
        Memory(library, **wrong)


@pytest.mark.parametrize("text", ["", "  ", "x" * 1_001, None])
def test_a_fact_is_a_short_text(memory: Memory, text: Any) -> None:
    """Nothing else is kept."""
    with pytest.raises(ValueError, match="a fact is a text of 1 to 1000 characters"):
        memory.add(text, owner="ann")
    assert memory.facts("ann") == ()


def test_everybody_has_no_memory(memory: Memory) -> None:
    """An empty owner would tell all what one said."""
    with pytest.raises(ValueError, match="an owner is a name"):
        memory.add("Ann likes tea.", owner="")
    with pytest.raises(ValueError, match="an owner is a name"):
        memory.facts("")


def test_what_is_no_place_is_refused() -> None:
    """At once."""
    with pytest.raises(TypeError, match="the place of a library, or a Library, not 7"):
        Memory(7)  # type: ignore[arg-type]
