"""What is written to a terminal: harmless, no wider than it, without colours elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from agentcore.cli.screen import show_answer, show_error, show_step, show_table
from agentcore.data import Answer, Step, Table

EVIL = "\x1b]0;title\x07\x1b[31m[red]x[/red]\x9b2J"


def written(show: Callable[[Console], None], width: int = 60, terminal: bool = False) -> str:
    """Give what is written to a console."""
    out = io.StringIO()
    show(Console(file=out, width=width, force_terminal=terminal, markup=False, highlight=False))
    return out.getvalue()


def test_texts_cannot_command_the_terminal() -> None:
    """Escape sequences lose their first character; what looks like markup is shown."""
    answer = Answer(EVIL, table=Table((EVIL,), [(EVIL,)]))
    for show in (
        lambda console: show_answer(console, answer),
        lambda console: show_step(console, Step("code", EVIL, EVIL, failed=True)),
    ):
        text = written(show)
        assert "[red]x[/red]" in text
        assert not {"\x1b", "\x07", "\x9b"} & set(text)


@given(
    st.integers(12, 120),
    st.lists(st.text(max_size=30), min_size=1, max_size=30),
    st.integers(0, 40),
)
def test_a_table_is_never_wider_than_the_terminal(
    width: int, columns: list[str], rows: int
) -> None:
    """Columns and rows that do not fit are counted instead."""
    table = Table(columns, [["value", *[1.5] * (len(columns) - 1)]] * rows)
    lines = written(lambda console: show_table(console, table), width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    if rows > 20:
        assert "20 of" in "".join(lines)


def test_colours_are_for_terminals() -> None:
    """Into a file or a pipe goes plain text."""
    failed = Step("code", "x", "KeyError", failed=True)
    assert "\x1b[" in written(lambda console: show_step(console, failed), terminal=True)
    assert "\x1b[" not in written(lambda console: show_step(console, failed))


def test_long_steps_are_cut() -> None:
    """The whole code is in the report, and in the answer."""
    step = Step("code", "\n".join(f"line {number}" for number in range(100)))
    assert "... 88 more lines" in written(lambda console: show_step(console, step))


def test_an_error_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """It begins as a sentence, ends as one, and is not broken at the width of the terminal."""
    show_error("there is no file " + "long/" * 40 + "name.csv")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("There is no file long/")
    assert said.err.endswith("name.csv.\n")
    assert said.err.count("\n") == 1
