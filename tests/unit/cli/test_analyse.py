"""``agentcore analyse``: what it shows, writes and refuses, by an analysis that answers at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from typer.testing import CliRunner, Result

from agentcore import data
from agentcore.cli.app import app
from agentcore.data import Answer, Step, Table
from agentcore.errors import DataFileError
from agentcore.protocol.usage import Usage


@attrs.frozen
class Loaded:
    """What is known of a table that was loaded."""

    name: str = "sales"
    source: str = "sales.csv"
    row_count: int = 1204
    columns: tuple[str, ...] = ("region", "amount")
    notes: tuple[str, ...] = ("The separator is [;].",)


@attrs.frozen
class Piece:
    """A piece of an analysis."""

    step: Step | None = None
    answer: Answer | None = None


class Analysis:
    """An analysis that answers what a test wants, in a folder that is gone with it."""

    answer = Answer("")
    added: tuple[Any, ...] = ()

    def __init__(self, system: Any, name: str, *, llm: Any, library: Any = None) -> None:
        self.llm = llm

    def add(self, *files: str, **corrections: Any) -> tuple[Loaded, ...]:
        """Note what is added."""
        if "bad.csv" in files:
            raise DataFileError("bad.csv is no table: it is empty", file="bad.csv")
        type(self).added = (files, corrections)
        return (Loaded(),)

    def stream(self, question: str) -> Iterator[Piece]:
        """Give the steps, and then the answer."""
        if question == "Interrupt":
            raise KeyboardInterrupt
        for step in self.answer.steps:
            yield Piece(step=step)
        yield Piece(answer=self.answer)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder with a file, a plot and a model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "DataAnalysis", Analysis, raising=False)
    (tmp_path / "sales.csv").write_text("region;amount\n", encoding="utf-8")
    (tmp_path / "bad.csv").touch()
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "plot.png").write_bytes(b"a picture")
    (tmp_path / "agentcore.toml").write_text('[models.fast]\nmodel = "gpt-x"\n', encoding="utf-8")
    Analysis.answer = Answer(
        "North [bold]grew[/bold] most.",
        table=Table(("region", "growth"), [("North", 18.2)], row_count=30),
        files=(tmp_path / "session" / "plot.png",),
        steps=(Step("code", "df.sum()", "KeyError", failed=True), Step("answer", "North.")),
        usage=Usage(1200, 34),
    )
    return tmp_path


def analyse(*arguments: str) -> Result:
    """Ask about the file."""
    return CliRunner().invoke(app, ["analyse", *arguments])


def test_steps_answer_rows_and_plots_are_shown(folder: Path) -> None:
    """What was assumed of the file comes first; the plot is where it stays."""
    done = analyse("sales.csv", "Which grew?", "--plots", "plots")
    assert done.exit_code == 0
    parts = [
        "Loaded sales: 1,204 rows", "The separator is [;].", "Code  failed", "df.sum()", "KeyError",
        "North [bold]grew[/bold] most.", "18.2", "Shown: 1 of 30 rows.", "File: plots/plot.png",
        "gpt-x, 1,234 tokens",
    ]  # fmt: skip
    places = [done.stdout.index(part) for part in parts]
    assert places == sorted(places)
    assert (folder / "plots" / "plot.png").read_bytes() == b"a picture"


def test_an_answer_that_failed_exits_with_1() -> None:
    """It is shown, and its report is written."""
    Analysis.answer = Answer("No answer: the column is not there.", failed=True)
    done = analyse("sales.csv", "Which grew?", "--report", "out.html")
    assert (done.exit_code, "the column is not there" in done.stdout) == (1, True)
    assert "No answer was found." in Path("out.html").read_text("utf-8")


def test_json_is_all_that_is_written_to_standard_output() -> None:
    """It has the answer, and what was asked of which model."""
    done = analyse("sales.csv", "Which grew?", "--json", "--plots", "plots")
    plain = json.loads(done.stdout)
    assert (plain["question"], plain["model"], plain["failed"]) == ("Which grew?", "gpt-x", False)
    assert plain["table"]["rows"] == [["North", 18.2]]
    assert Answer.from_plain(plain).files == (Path("plots/plot.png"),)


def test_a_report_has_what_was_assumed_and_asked() -> None:
    """And the plot itself, though its folder may be removed."""
    done = analyse("sales.csv", "Which grew?", "--report", "out.html", "--plots", "plots")
    assert "Report: out.html" in done.stdout
    page = Path("out.html").read_text("utf-8")
    for part in ("Which grew?", "The separator is [;].", "gpt-x", "data:image/png;base64,"):
        assert part in page


def test_corrections_reach_the_files() -> None:
    """Only those that are given; a pattern is a file too."""
    options = ("--header", "3", "--sheet", "2021", "--encoding", "cp1252", "--separator", ";")
    analyse("sales.csv", "*.csv", "Which grew?", *options)
    corrections = {"header": 3, "sheet": "2021", "encoding": "cp1252", "separator": ";"}
    assert Analysis.added == (("sales.csv", "*.csv"), corrections)
    analyse("sales.csv", "Which grew?")
    assert Analysis.added == (("sales.csv",), {})


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("bad.csv", "Which?"), 1, "bad.csv is no table: it is empty.\n"),
        (("gone.csv", "Which?"), 1, "There is no file gone.csv.\n"),
        (("sales.csv", "Which?", "--model", "fats"), 1, "No model is called 'fats'."),
        (("sales.csv", "Which?", "--config", "gone.toml"), 1, "There is no file gone.toml"),
        (("sales.csv", "Which?", "--backend", "threat"), 1, "Unknown backend 'threat'."),
        (("sales.csv", "bad.csv"), 2, "is the question"),
        (("sales.csv", " "), 2, "The question is empty."),
        (("sales.csv",), 2, "Missing argument"),
        (("sales.csv", "Which?", "--report", "no/out.html"), 2, "its folder is not there"),
        (("sales.csv", "Which?", "--report", "session"), 2, "it is a folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    """Before a model is asked; 2 is for wrong arguments, 1 for what they name."""
    done = analyse(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in " ".join(done.stderr.replace("│", " ").split()) + "\n"
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_it_with_130() -> None:
    """As shells have it; nothing is left running."""
    done = analyse("sales.csv", "Interrupt")
    assert (done.exit_code, "Stopped." in done.stderr) == (130, True)
