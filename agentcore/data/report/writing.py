"""`write_report`: an answer as one HTML file."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import jinja2
from markupsafe import Markup

from agentcore.base.data_errors import DataError
from agentcore.data.answer import Answer, Step
from agentcore.data.report.code_colours import coloured
from agentcore.data.report.figures import in_report
from agentcore.data.report.shown_values import clipped, shown_table, shown_value

__all__ = ["DescribedTable", "report_html", "write_report"]

_CODE = {"code": "python", "sql": "sql"}  # steps whose text is code, and its language


_LANGUAGES = {"python": "Python", "sql": "SQL"}
CHARACTERS_OF_CODE = 100_000


class DescribedTable(Protocol):
    """What a report says of a table that was loaded."""

    @property
    def name(self) -> str:
        """The name that code and SQL have for it."""

    @property
    def source(self) -> str:
        """The file that it is from."""

    @property
    def row_count(self) -> int:
        """How many rows it has."""

    @property
    def columns(self) -> Sequence[Any]:
        """Its columns."""

    @property
    def notes(self) -> Sequence[str]:
        """What was assumed when it was read, as the encoding and the row of the header."""


def write_report(
    answer: Answer,
    path: str | Path,
    *,
    question: str = "",
    title: str = "",
    tables: Iterable[DescribedTable] = (),
    model: str = "",
    seconds: float | None = None,
) -> Path:
    """Write an answer as one HTML file: what was asked, found, shown, run and assumed.

    The file needs no network and no other file, and has no script. Whatever stands in the answer,
    in its table or in the names of files is text there, and never HTML.

    Args:
        answer: the answer.
        path: the file; one that is there already is replaced.
        question: the question.
        title: the heading of the report; the question, if there is none.
        tables: the tables that were loaded, for what was assumed of their files.
        model: the name of the model that was asked.
        seconds: how long it took.

    Returns:
        the path of the file.

    Raises:
        DataError: the file cannot be written.
        ExtraMissingError: the extra ``data`` is not installed.
    """
    page = report_html(
        answer, question=question, title=title, tables=tables, model=model, seconds=seconds
    )
    where = Path(path)
    try:
        where.write_text(page, encoding="utf-8")
    except OSError as error:
        raise DataError(f"the report {where} cannot be written: {error.strerror}") from error
    return where


def report_html(
    answer: Answer,
    *,
    question: str = "",
    title: str = "",
    tables: Iterable[DescribedTable] = (),
    model: str = "",
    seconds: float | None = None,
) -> str:
    """Return the report as a text of HTML; the arguments are those of `write_report`."""
    made = [in_report(file, answer.host) for file in answer.files]
    facts = [
        ("Model", model),
        ("Tokens", f"{answer.usage.total_tokens:,}" if answer.usage.total_tokens else ""),
        ("Time", "" if seconds is None else _duration(seconds)),
        ("Machine", answer.host),
        ("Made", f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"),
    ]
    return _template().render(
        text=clipped(answer.text, CHARACTERS_OF_CODE),
        failed=answer.failed,
        language=_LANGUAGES.get(answer.language, answer.language),
        question=clipped(question) if title else "",
        title=clipped(title or question or "Data analysis"),
        table=None if answer.table is None else shown_table(answer.table),
        values=[(name, shown_value(value)) for name, value in answer.values.items()],
        code=Markup(coloured(clipped(answer.code, CHARACTERS_OF_CODE), answer.language)),
        figures=[file for file in made if file.uri],
        others=[file for file in made if not file.uri],
        steps=[_step(step) for step in answer.steps],
        tables=list(tables),
        facts=[fact for fact in facts if fact[1]],
    )


@functools.cache
def _template() -> jinja2.Template:
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    rules = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return rules.from_string(text)


def _step(step: Step) -> dict[str, Any]:
    language = _CODE.get(step.kind, "")
    text = clipped(step.text)
    return {
        "kind": step.kind,
        "text": text,
        "code": Markup(coloured(text, language)) if language else "",
        "output": clipped(step.output).strip(),
        "failed": step.failed,
    }


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
