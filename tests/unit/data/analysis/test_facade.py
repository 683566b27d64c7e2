"""`DataAnalysis`: its arguments, and what one process shows of it; the rest is in conformance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentcore import AgentDiedError, AgentSystem, connect
from agentcore.data import DataAnalysis
from agentcore.errors import DataError, SessionNotFoundError
from agentcore.retrieval import Passage
from agentcore.retrieval.prompts import NOT_FOUND
from agentcore.testing import Delayed, Expect, ScriptedModel

FOUND = {"quote": "The harvest failed in May", "passages": [1]}
ONE = "```python\nprint(1)\n```"


class Shelf:
    """A library of whole files, which finds those that have a word of the query."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[str, str]] = {}

    def add(self, *sources: str, metadata: Any = None, owner: str = "") -> None:
        """Keep files."""
        self.texts |= {source: (Path(source).read_text(), owner) for source in sources}

    def search(self, query: str, *, limit: int = 5, owner: str | None = None) -> list[Passage]:
        """Return the files that have a word of the query."""
        words = query.lower().split()
        return [
            Passage(text, source)
            for source, (text, whose) in self.texts.items()
            if whose in ("", owner) and any(word in text.lower() for word in words)
        ][:limit]


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """A system on the inline backend, with its virtual clock."""
    with connect("inline") as system:
        yield system


def with_library(system: AgentSystem, tmp_path: Path, *script: Any) -> DataAnalysis:
    """Return an analysis with a document about harvests."""
    note = tmp_path / "notes" / "harvest.md"
    note.parent.mkdir()
    note.write_text("The harvest failed in May.")
    analysis = DataAnalysis(system, "analysis", llm=ScriptedModel(*script), library=Shelf())
    assert analysis.add(tmp_path / "notes" / "*.md") == ()
    return analysis


def test_without_tables_the_library_answers(system: AgentSystem, tmp_path: Path) -> None:
    """The model is asked whether the documents say it, and then for the answer."""
    analysis = with_library(system, tmp_path, Expect("failed in May", FOUND), "In May.")
    answer = analysis.ask("When did the harvest fail?")
    assert (answer.text, answer.failed, len(answer.values["sources"])) == ("In May.", False, 1)
    assert [step.kind for step in answer.steps] == ["search", "review", "answer"]


def test_what_is_not_in_the_documents_is_said(system: AgentSystem, tmp_path: Path) -> None:
    """If nothing is found no model is asked; if it says so, the answer has failed as well."""
    analysis = with_library(system, tmp_path, {"quote": "", "passages": []})
    for question in ("Who won?", "Which harvest was best?"):
        answer = analysis.ask(question)
        assert answer.failed
        assert answer.text == NOT_FOUND


def test_with_both_the_model_chooses_and_metadata_is_stronger(
    system: AgentSystem, tmp_path: Path
) -> None:
    """Its choice counts in the tokens; "UPDATE CONTEXT" lets the session answer itself."""
    analysis = with_library(
        system,
        tmp_path,
        {"agent": "library"},
        FOUND,
        "In May.",
        "UPDATE CONTEXT",
        "You are welcome.",
        "SELECT max(amount) AS most FROM sales",
        "The most is 20.",
    )
    (tmp_path / "sales.csv").write_text("region,amount\nnorth,10\nsouth,20\n")
    analysis.add(tmp_path / "sales.csv")
    assert analysis.ask("When did the harvest fail?").text == "In May."
    assert analysis.ask("Thanks!").text == "You are welcome."
    analysis.clear_agent_message_box("library")
    analysis.clear_agent_message_box("update_context")
    answer = analysis.ask("What is the most?", agent="sql")
    assert (answer.language, answer.failed) == ("sql", False)
    agents = [each["metadata"]["agent"] for each in analysis.get_messages()]
    assert agents == ["sql", "sql"]


def test_documents_of_an_owner_are_that_owners(system: AgentSystem, tmp_path: Path) -> None:
    """Nobody else's sessions find them."""
    (tmp_path / "plan.md").write_text("The plan is secret.")
    model = ScriptedModel({"quote": "The plan is secret", "passages": [1]}, "It is secret.")
    analysis = DataAnalysis(system, "analysis", llm=model, library=Shelf())
    analysis.add(tmp_path / "plan.md", owner="ann")
    assert analysis.ask("plan", owner="bob", agent="library").failed
    assert analysis.ask("plan", owner="ann", agent="library").text == "It is secret."


def test_a_system_message_reaches_the_model(system: AgentSystem) -> None:
    """It is told beside the question."""
    analysis = DataAnalysis(system, "analysis", llm=ScriptedModel(ONE, Expect("in euros", ONE)))
    analysis.ask("One?")
    analysis.update_system_message("plot", "Amounts are in euros.")
    assert analysis.ask("One?").text == "1"


def test_a_session_expires_after_its_last_use(system: AgentSystem) -> None:
    """Counted from the last use, and not while a question goes on; its folder goes."""
    model = ScriptedModel(
        "```python\nopen('made', 'w').write('1')\nprint(1)\n```",
        Delayed(70, ONE),
        Delayed(70, ONE),
        Delayed(150, ONE),
        ONE,
    )
    analysis = DataAnalysis(system, "analysis", llm=model, idle=100)
    (made,) = analysis.ask("One?", session="mine").files
    analysis.ask("A while", session="other")
    assert len(analysis.get_messages(session="mine")) == 2  # which is a use
    analysis.ask("A while", session="other")
    assert analysis.sessions() == ("mine", "other")
    analysis.ask("Long", session="other")
    assert analysis.sessions() == ("other",)
    assert not made.exists()
    with pytest.raises(SessionNotFoundError):
        analysis.get_messages(session="mine")
    assert analysis.ask("One?", session="mine").text == "1"


def test_a_session_closed_in_the_middle_raises_and_begins_anew(system: AgentSystem) -> None:
    """Whoever reads its answer is told that the session was closed."""
    model = ScriptedModel("no code", then=ONE)
    analysis = DataAnalysis(system, "analysis", llm=model)
    stream = analysis.stream("One?")
    assert next(stream).kind == "code"
    with pytest.raises(DataError):
        _ = stream.answer
    analysis.close("default")
    with pytest.raises(AgentDiedError):
        stream.read()
    assert analysis.ask("One?").text == "1"


def test_a_table_is_read_anew_with_corrections(system: AgentSystem, tmp_path: Path) -> None:
    """It takes the place of the first one; another file of its name gets a number."""
    (tmp_path / "a.csv").write_text("Report\nregion,amount\nnorth,10\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.csv").write_text("x\n1\n")
    analysis = DataAnalysis(system, "analysis", llm=ScriptedModel())
    analysis.add(tmp_path / "a.csv")
    (second,) = analysis.add(tmp_path / "other" / "a.csv")
    (again,) = analysis.add(tmp_path / "a.csv", header=2)
    assert (second.name, again.name) == ("a_2", "a")
    text = analysis.ask("both", agent="preview", session="new").text
    assert "region,amount\nnorth,10" in text
    assert "x\n1" in text


def test_async_callers_ask_and_stream() -> None:
    """Both go on beside other tasks of the loop."""

    async def main() -> None:
        async with connect("thread") as system:
            analysis = await asyncio.to_thread(
                DataAnalysis, system, "analysis", llm=ScriptedModel(ONE, ONE)
            )
            answer = await analysis.a_ask("One?", timeout=60)
            assert answer.text == "1"
            pieces = [piece async for piece in analysis.a_stream("One?")]
            assert "".join(piece.text for piece in pieces) == "1"

    asyncio.run(main())


def test_arguments_are_checked_before_anything_begins(system: AgentSystem) -> None:
    """Each error names the argument."""
    model: Any = ScriptedModel()
    wrong: Any = 3
    analysis = DataAnalysis(system, "analysis", llm=model)
    calls: list[tuple[type[Exception], Callable[[], Any]]] = [
        (TypeError, lambda: DataAnalysis(wrong, "a", llm=model)),
        (ValueError, lambda: DataAnalysis(system, "a", llm=model, idle=0)),
        (ValueError, lambda: DataAnalysis(system, "a", llm=model, unsafe="yes")),
        (TypeError, lambda: DataAnalysis(system, "a", llm=model, limits=wrong)),
        (TypeError, lambda: DataAnalysis(system, "a", llm=model, repairs=wrong + 0.5)),
        (ValueError, lambda: analysis.ask("")),
        (ValueError, lambda: analysis.ask("One?", session="")),
        (TypeError, lambda: analysis.ask("One?", timeout="soon")),  # type: ignore[arg-type]
        (ValueError, lambda: analysis.ask("One?", timeout=0)),
        (ValueError, lambda: analysis.add()),
        (TypeError, lambda: analysis.add(b"bytes")),  # type: ignore[arg-type]
        (ValueError, lambda: analysis.analyze("One?", {"agnt": "code"})),
    ]
    for error, call in calls:
        with pytest.raises(error):
            call()
    assert analysis.sessions() == ()
