"""`write_report`: one HTML file that needs nothing else, and in which text stays text."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.data import Answer, Step, Table, report_html, write_report
from agentcore.errors import DataError
from agentcore.protocol.usage import Usage

EVIL = "<script>alert(1)</script><img src=https://example.com/x.png onerror=alert(1)>\"'&{{ 7*7 }}"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@attrs.frozen
class Loaded:
    """What is known of a table that was loaded."""

    name: str
    source: str
    row_count: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]


class Page(HTMLParser):
    """A page as a browser reads it: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def elements(self) -> list[str]:
        """Give the names of all elements, in order."""
        return [tag for tag, _ in self.tags]


def full(said: str, files: tuple[Path, ...] = ()) -> str:
    """Give a report in which a text stands wherever a text can come from files or models."""
    answer = Answer(
        said,
        code=f"print({said!r})\n# {said}",
        language="python",
        table=Table((said,), [(said,), (None,), (1.5,)], row_count=99),
        values={said: said},
        files=files,
        steps=(
            Step("plan", said, said),
            Step("code", f"# {said}", said, failed=True),
            Step("sql", f"SELECT '{said}' -- {said}"),
            Step(said, said),
        ),
        host=said,
    )
    loaded = Loaded(said, said, 3, (said,), (said,))
    return report_html(answer, question=said, title=said, tables=[loaded], model=said)


ELEMENTS = [tag for tag in Page(full("harmless")).elements() if tag != "span"]


def test_markup_in_any_text_is_shown_as_text() -> None:
    """A cell, a model's answer, code, an output, a name of a file: none of them becomes HTML."""
    page = Page(full(EVIL))
    assert [tag for tag in page.elements() if tag != "span"] == ELEMENTS
    assert "script" not in page.elements()
    assert page.text.count("<script>alert(1)</script>") >= 12
    assert "{{ 7*7 }}" in page.text
    assert not [name for _, given_to in page.tags for name in given_to if name.startswith("on")]


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_no_text_changes_the_elements_of_a_page(said: str) -> None:
    """Whatever a text holds, its page has the elements that any other has."""
    tags = [tag for tag in Page(full(f"x{said}")).elements() if tag != "span"]
    assert tags == ELEMENTS


def test_a_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Pictures stand in the page; there is no script, no link, and the page forbids both."""
    figure = tmp_path / "plot.png"
    figure.write_bytes(PNG)
    html = full(EVIL, (figure,))
    page = Page(html)
    sources = [given_to["src"] for _, given_to in page.tags if "src" in given_to]
    assert sources == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"]
    assert not {"script", "link", "iframe", "a", "object"} & set(page.elements())
    assert not re.findall(r"url\(|@import", html)
    (policy,) = [
        given_to["content"]
        for tag, given_to in page.tags
        if tag == "meta" and given_to.get("http-equiv") == "Content-Security-Policy"
    ]
    assert str(policy).startswith("default-src 'none'; img-src data:")


def test_a_report_says_what_was_asked_found_run_and_assumed(tmp_path: Path) -> None:
    """All of it stands in the file: question, answer, rows, code, steps, notes, model, tokens."""
    answer = Answer(
        "North grew most.",
        code="df.groupby('region')",
        language="python",
        table=Table(("region", "growth"), [("North", 0.1 + 0.2)], row_count=1200),
        steps=(Step("plan", "Compare two years."),),
        usage=Usage(1200, 34),
    )
    loaded = Loaded("sales", "sales.csv", 1204, ("a", "b"), ("The separator is ;.",))
    path = write_report(
        answer,
        tmp_path / "out.html",
        question="Which grew?",
        tables=[loaded],
        model="fast",
        seconds=75,
    )
    text = Page(path.read_text(encoding="utf-8")).text
    for part in (
        "Which grew?", "North grew most.", "df.groupby('region')", "The first 1 of 1,200 rows.",
        "Compare two years.", "1,204 rows, 2 columns, from sales.csv", "The separator is ;.",
        "fast", "1,234", "1 min 15 s",
    ):  # fmt: skip
        assert part in text, part
    assert "0.30000000000000004" not in text


def test_an_answer_that_failed_says_so() -> None:
    """The reader need not guess it from the words of the answer."""
    assert "No answer was found." in Page(report_html(Answer("Sorry.", failed=True))).text
    assert "No answer was found." not in Page(report_html(Answer("42"))).text


def test_a_picture_that_is_gone_is_named_with_the_machine_that_has_it() -> None:
    """A report is written all the same, as the answer does not depend on it."""
    answer = Answer("42", files=(Path("/nowhere/plot.png"),), host="other-host")
    text = Page(report_html(answer)).text
    assert "/nowhere/plot.png" in text
    assert "It is on the machine other-host." in text


def test_a_report_that_cannot_be_written_is_an_error_of_agentcore(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(DataError, match=r"missing.*out\.html cannot be written"):
        write_report(Answer("42"), tmp_path / "missing" / "out.html")


def test_the_same_page_reads_in_light_dark_and_print() -> None:
    """The page has colours for both schemes, and rules for paper."""
    html = report_html(Answer("42"))
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
