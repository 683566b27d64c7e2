"""`LibraryReader`: answers from a library, without an agent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentcore.errors import ModelError
from agentcore.models import Completion
from agentcore.protocol.model_api import Delta
from agentcore.protocol.usage import Usage
from agentcore.retrieval import LibraryReader, Passage
from agentcore.testing import ScriptedModel

PASSAGES = (
    Passage("The X1 pump weighs 7 kg.", "x1.md"),
    Passage("The X2 pump is made for salt water.", "x2.md"),
)
FIRST: Any = {"quote": "weighs 7 kg", "passages": [1]}


class Shelf:
    """A library that always finds the same."""

    def __init__(self, *passages: Passage) -> None:
        self.passages = passages
        self.asked: list[Any] = []

    def search(self, query: str, *, limit: int, owner: str | None) -> tuple[Passage, ...]:
        """Return all passages."""
        self.asked.append((query, limit, owner))
        return self.passages


def answer(model: Any, *, shelf: Shelf | None = None, **options: Any) -> Any:
    """Ask for the weight."""
    reader = LibraryReader(model, shelf or Shelf(*PASSAGES))
    return asyncio.run(reader.answer("How heavy is the X1?", **options))


def test_an_answer_is_made_of_the_passages_that_say_it() -> None:
    """The model is shown the others only when it looks for the answer."""
    model = ScriptedModel(FIRST, "7 kg.")
    found = answer(model, owner="ann")
    assert (str(found), found.found, found.sources) == ("7 kg.", True, ("x1.md", "x2.md"))
    assert found.passages == PASSAGES
    assert "X2" in model.calls[0].messages[-1]["content"]
    assert "X2" not in model.calls[1].messages[-1]["content"]


@pytest.mark.parametrize(
    "saying",
    [
        {"quote": "", "passages": []},
        {"quote": "", "passages": [1]},
        {"quote": "The X1 costs 300 euros", "passages": [1]},
    ],
    ids=["nothing", "a number alone", "words that no passage has"],
)
def test_what_no_passage_says_is_said_not_to_be_in_the_documents(saying: Any) -> None:
    """The model is not asked for an answer then."""
    model = ScriptedModel(saying)
    found = answer(model)
    assert (found.text, found.found) == ("The answer is not in the documents.", False)
    assert found.passages == PASSAGES


def test_a_wrong_number_of_a_passage_does_no_harm() -> None:
    """It counts where the words are."""
    model = ScriptedModel({"quote": "The X1 pump weighs 7 kg.", "passages": [2, 9]}, "7 kg.")
    assert answer(model).found
    assert "7 kg" in model.calls[1].messages[-1]["content"]


def test_a_quote_in_chinese_is_found() -> None:
    """Where no blanks tell words."""
    model = ScriptedModel({"quote": "保修期为三年", "passages": [1]}, "三年。")
    found = answer(model, shelf=Shelf(Passage("水泵的保修期为三年。", "泵.md")))
    assert found.text == "三年。"


def test_nothing_found_needs_no_model() -> None:
    """An empty library has no answers."""
    found = answer(ScriptedModel(), shelf=Shelf())
    assert (found.found, found.passages, found.usage) == (False, (), Usage())


def test_a_model_that_answers_nonsense_twice_has_found_nothing() -> None:
    """An honest answer, and no error."""
    assert not answer(ScriptedModel("maybe", "perhaps")).found


HISTORY = [
    {"role": "user", "content": "Which pumps are there?"},
    {"role": "assistant", "content": "The X1 and the X2. " + "x" * 5_000},
]


def test_a_follow_up_is_made_self_contained_before_it_is_searched() -> None:
    """With a few tokens: the earlier messages are cut."""
    shelf = Shelf(*PASSAGES)
    model = ScriptedModel("Question: How heavy is the X1 pump?\nAnswer: 7", FIRST, "7 kg.")
    found = answer(model, shelf=shelf, history=HISTORY, owner="ann")
    assert shelf.asked == [("How heavy is the X1 pump?", 4, "ann")]
    assert found.question == "How heavy is the X1 pump?"
    assert len(model.calls[0].messages[-1]["content"]) < 1_500


@pytest.mark.parametrize("written", ["", "x" * 600])
def test_a_question_that_is_not_written_well_is_searched_as_it_is(written: str) -> None:
    """A model that says nothing, or too much."""
    shelf = Shelf()
    answer(ScriptedModel(written), shelf=shelf, history=HISTORY)
    assert shelf.asked[0][0] == "How heavy is the X1?"


def test_steps_are_told_as_they_are_done() -> None:
    """With the tokens of all in the end."""
    steps: list[tuple[str, str, str]] = []
    found = answer(ScriptedModel(FIRST, "7 kg."), on_step=lambda *step: steps.append(step))
    assert [(kind, output) for kind, _, output in steps] == [
        ("search", "x1.md, x2.md"),
        ("review", "yes: [1]"),
        ("answer", "7 kg."),
    ]
    assert found.usage.total_tokens > 0


@pytest.mark.parametrize("limits", [{"limit": 0}, {"limit": "4"}, {"characters": 0}])
def test_limits_are_numbers_from_1(limits: Any) -> None:
    """Others are refused at once."""
    with pytest.raises((TypeError, ValueError)):
        LibraryReader(ScriptedModel(), Shelf(), **limits)


class Whole:
    """A model that does not stream."""

    name = "whole"

    def complete(self, messages: Any, **options: Any) -> Completion:
        """Answer at once."""
        return Completion("7 kg.", usage=Usage(10, 2))


class CutOff(Whole):
    """A model whose stream ends too early."""

    def stream(self, messages: Any, **options: Any) -> Any:
        """Yield a piece and no end."""
        yield Delta("7")


def pieces(model: Any) -> list[Delta]:
    """Read the stream of an answer."""

    async def read() -> list[Delta]:
        reader = LibraryReader(ScriptedModel(FIRST), Shelf(*PASSAGES))
        evidence = await reader.find("How heavy is the X1?")
        return [each async for each in LibraryReader(model, reader.library).stream(evidence)]

    return asyncio.run(read())


def test_a_model_that_does_not_stream_answers_in_one_piece() -> None:
    """With its usage."""
    (piece,) = pieces(Whole())
    assert piece.text == "7 kg."
    assert piece.completion is not None
    assert piece.completion.usage == Usage(10, 2)


def test_a_stream_that_breaks_off_is_an_error() -> None:
    """It is not taken for an answer."""
    with pytest.raises(ModelError, match="model whole ended before its answer"):
        pieces(CutOff())
