"""``agentcore analyse``: ask a question about files."""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer
from rich.console import Console
from rich.text import Text

from agentcore import data
from agentcore.base.data_errors import DataError, DataFileError
from agentcore.base.errors import ConfigError
from agentcore.base.extras import import_extra
from agentcore.cli.model_choice import ChosenModel, choose_model
from agentcore.cli.screen import harmless, screen, show_answer, show_step
from agentcore.config.sources import CONFIG_VARIABLE
from agentcore.data.answer import Answer
from agentcore.data.report.writing import write_report
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem

__all__ = ["analyse"]

STOPPED = 130  # the exit code of what Ctrl-C ended, as shells have it


def analyse(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="CSV, Excel, Parquet, JSON lines or SQLite, folders of these, or patterns.",
        ),
    ],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")],
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report, one HTML file.")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where plots are kept; a temporary folder without it."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A model of the configuration, local:NAME, openai:NAME[@URL]."),
    ] = None,
    library: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="A library of documents to search.")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="thread or ray.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file of settings, agentcore.toml.")
    ] = None,
    header: Annotated[
        int | None, typer.Option(min=0, help="The row of the column names, the first is 1.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of an Excel file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding of text files.")] = None,
    separator: Annotated[str | None, typer.Option(help="What separates columns.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the answer as JSON, and nothing else.")
    ] = False,
) -> None:
    """Ask a question about files: the steps, the answer, its rows and plots.

    The exit code is 0 for an answer, 1 if none was found or something failed.
    """
    _check(files, question, report)
    if config is not None:
        if not config.is_file():
            raise ConfigError(f"there is no file {config} of settings")
        os.environ[CONFIG_VARIABLE] = str(config)
    corrections = {
        name: value
        for name, value in {
            "header": header, "sheet": sheet, "encoding": encoding, "separator": separator,
        }.items()
        if value is not None
    }  # fmt: skip
    console = screen(errors=as_json)
    console.quiet = as_json
    asked = _Question(files, question, choose_model(model), corrections, library, backend)
    try:
        _answer(console, asked, report, plots, as_json)
    except KeyboardInterrupt:
        screen(errors=True).print("\nStopped.")
        raise typer.Exit(STOPPED) from None


@attrs.frozen
class _Question:
    """What is asked, about what, and of whom."""

    files: list[str]
    text: str
    model: ChosenModel
    corrections: dict[str, Any]
    library: Path | None
    backend: str | None


def _check(files: list[str], question: str, report: Path | None) -> None:
    """Refuse what cannot succeed before a model is asked, which takes a while.

    Raises:
        typer.BadParameter: the question is missing, or the report cannot be written there.
        DataFileError: a file is not there.
    """
    if not question.strip():
        raise typer.BadParameter("The question is empty.", param_hint="QUESTION")
    if Path(question).exists():
        raise typer.BadParameter(
            f"The last argument is the question, in quotes, and {question} is a file.",
            param_hint="QUESTION",
        )
    for file in files:
        if not (Path(file).exists() or glob.glob(file, recursive=True)):
            raise DataFileError(f"there is no file {file}", file=file)
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        hint = "it is a folder" if report.is_dir() else "its folder is not there"
        raise typer.BadParameter(f"{report} cannot be written: {hint}.", param_hint="--report")


def _answer(
    console: Console, asked: _Question, report: Path | None, plots: Path | None, as_json: bool
) -> None:
    """Ask, show and write what comes of it.

    Raises:
        typer.Exit: no answer was found.
    """
    began = time.monotonic()
    with connect(asked.backend) as system:
        analysis = _open(system, asked)
        tables = analysis.add(*asked.files, **asked.corrections)
        _show_tables(console, tables)
        answer = _follow(console, analysis, asked.text)
        answer = _kept(answer, plots)  # the session's folder ends with the system
        seconds = time.monotonic() - began
    if report is not None:
        about = {"tables": tables, "model": asked.model.name, "seconds": seconds}
        write_report(answer, report, question=asked.text, **about)
    if as_json:
        typer.echo(_as_json(answer, asked, report, seconds))
    else:
        show_answer(console, answer)
        if report is not None:
            console.print(Text(f"Report: {report}"), soft_wrap=True)
        used = f", {answer.usage.total_tokens:,} tokens" if answer.usage else ""
        console.print(Text(f"{asked.model.name}{used}, {seconds:.0f} s", style="dim"))
    if answer.failed:
        raise typer.Exit(1)


def _follow(console: Console, analysis: Any, question: str) -> Answer:
    """Show the steps as they are done, and return the answer."""
    answer = None
    with _waiting(console):
        for piece in analysis.stream(question):
            if piece.step is not None and piece.step.kind != "answer":
                show_step(console, piece.step)
            if piece.answer is not None:
                answer = piece.answer
    if answer is None:
        raise DataError("the analysis ended without an answer")
    return answer  # type: ignore[no-any-return]


@contextmanager
def _waiting(console: Console) -> Iterator[None]:
    """Show on a terminal that something goes on."""
    if console.is_terminal and not console.quiet:
        with console.status("Working; Ctrl-C stops."):
            yield
    else:
        yield


def _kept(answer: Answer, folder: Path | None) -> Answer:
    """Return the answer with its files where they stay: copied into a folder of the user's."""
    here = [file for file in answer.files if file.is_file()]
    if not here:
        return answer
    try:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="agentcore-plots-"))
        folder.mkdir(parents=True, exist_ok=True)
        copies = {file: Path(shutil.copy2(file, folder / file.name)) for file in here}
    except OSError as error:
        raise DataError(f"plots cannot be kept in {folder}: {error.strerror}") from error
    return attrs.evolve(answer, files=tuple(copies.get(file, file) for file in answer.files))


def _show_tables(console: Console, tables: Any) -> None:
    """Show what was loaded, and what was assumed of it."""
    for table in tables:
        console.print(
            Text("Loaded", style="bold"),
            Text(f"{harmless(table.name)}: {table.row_count:,} rows, {len(table.columns)} columns"),
        )
        for note in table.notes:
            console.print(Text(f"  {harmless(note)}", style="dim"))


def _as_json(answer: Answer, asked: _Question, report: Path | None, seconds: float) -> str:
    plain = {
        **answer.to_plain(),
        "question": asked.text,
        "model": asked.model.name,
        "seconds": round(seconds, 3),
        "report": None if report is None else str(report),
    }
    return json.dumps(plain, ensure_ascii=False, indent=2, default=str)


def _open(system: AgentSystem, asked: _Question) -> Any:
    """Open a session of data analysis, with the library if one is given."""
    library = None
    if asked.library is not None:
        retrieval: Any = import_extra("agentcore.retrieval", "retrieval", "--library")
        library = retrieval.Library(asked.library)
    return data.DataAnalysis(system, "analysis", llm=asked.model.llm, library=library)
