"""What commands write to a terminal, or to a file or pipe in its place.

Texts of files and models are shown as they are: what looks like markup or like a command of the
terminal in them does nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from agentcore.data.answer import Answer, Step
from agentcore.data.report.shown_values import shown_table
from agentcore.data.table import Table

__all__ = ["harmless", "screen", "show_answer", "show_error", "show_step", "show_table"]

ROWS = 20
LINES_OF_STEP = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def screen(*, errors: bool = False) -> Console:
    """Return the standard output, or the standard error, as it is now."""
    return Console(stderr=errors, highlight=False, markup=False, emoji=False)


def harmless(text: str) -> str:
    """Return a text without the characters that command a terminal."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def show_error(text: str) -> None:
    """Write what went wrong to standard error, as one sentence."""
    said = harmless(text).strip()
    if re.match(r"[a-z]+ ", said):  # and not where a name or a file comes first
        said = said[0].upper() + said[1:]
    sentence = said if said.endswith((".", "!", "?")) else f"{said}."
    screen(errors=True).print(Text(sentence, style="red"), soft_wrap=True)


def show_step(console: Console, step: Step) -> None:
    """Show one step: its kind, what was done, and what went wrong."""
    head = Text(step.kind.capitalize(), style="bold")
    if step.failed:
        head.append("  failed", style="red")
    console.print(head)
    body = _first_lines(step.text)
    if body:
        console.print(Padding(Text(body, style="dim"), (0, 0, 0, 2)))
    if step.output and (step.failed or step.kind in ("code", "sql")):
        style = "red" if step.failed else ""
        console.print(Padding(Text(_first_lines(step.output), style=style), (0, 0, 0, 2)))


def _first_lines(text: str) -> str:
    lines = harmless(text).strip("\n").splitlines()
    more = len(lines) - LINES_OF_STEP
    return "\n".join(
        [line[:500] for line in lines[:LINES_OF_STEP]]
        + ([f"... {more} more lines"] if more > 0 else [])
    )


def show_answer(console: Console, answer: Answer, files: tuple[Path, ...] = ()) -> None:
    """Show an answer: its text, its rows, and where its files are."""
    console.print()
    console.print(
        Text(harmless(answer.text), style="red" if answer.failed else "bold"), soft_wrap=True
    )
    if answer.table is not None and answer.table.columns:
        show_table(console, answer.table)
    for file in files or answer.files:
        console.print(Text(f"File: {harmless(str(file))}"), soft_wrap=True)


def show_table(console: Console, table: Table) -> None:
    """Show the first rows of a table, and as many columns as can be read in the width."""
    shown = shown_table(table)
    width = max(1, min(len(shown.columns), console.width // 10))
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in shown.columns[:width]:
        right = column.kind == "number"
        grid.add_column(
            Text(harmless(column.text)), justify="right" if right else "left", overflow="fold"
        )
    for row in shown.rows[:ROWS]:
        grid.add_row(*(Text(harmless(cell.text)) for cell in row[:width]))
    console.print(grid)
    rows = min(ROWS, len(shown.rows))
    notes = []
    if table.row_count > rows:
        notes.append(f"{rows} of {table.row_count:,} rows")
    if len(shown.columns) > width:
        notes.append(f"{width} of {len(shown.columns)} columns")
    if notes:
        console.print(Text(f"Shown: {', '.join(notes)}.", style="dim"))
