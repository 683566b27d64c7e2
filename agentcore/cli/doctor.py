"""``agentcore doctor``: what is installed and at hand, and what to do about the rest."""

from __future__ import annotations

import itertools
import json
from typing import Annotated

import attrs
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentcore.cli.finding import Finding
from agentcore.cli.installation import extras, folders, ray, versions
from agentcore.cli.models_at_hand import models
from agentcore.cli.sandbox_probe import sandboxes
from agentcore.cli.screen import harmless, screen

__all__ = ["LOOKS", "doctor"]

LOOKS = (versions, extras, models, sandboxes, ray, folders)

_STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Look at versions, extras, models, sandboxes, Ray and folders; exit with 1 for a problem."""
    found = []
    console = screen()
    area = ""
    for each in itertools.chain.from_iterable(look() for look in LOOKS):
        found.append(each)
        if as_json:
            continue
        if each.area != area:
            area = each.area
            console.print(Text(f"\n{area.capitalize()}" if len(found) > 1 else area.capitalize()))
        _show(console, each)
    problems = [each for each in found if each.state == "problem"]
    if as_json:
        typer.echo(
            json.dumps(
                {"ok": not problems, "findings": [attrs.asdict(each) for each in found]}, indent=2
            )
        )
    else:
        console.print()
        console.print(_summary(len(problems)))
    raise typer.Exit(1 if problems else 0)


def _show(console: Console, found: Finding) -> None:
    line = Table.grid(padding=(0, 2, 0, 0), expand=False)
    line.add_column(width=9)
    line.add_column(width=min(24, max(8, console.width // 4)), overflow="fold")
    line.add_column(overflow="fold")
    text = Text(harmless(found.text))
    if found.advice:
        text.append(f"\n{harmless(found.advice)}", style="dim" if found.state == "ok" else "cyan")
    line.add_row(Text(f"  {found.state}", style=_STYLES[found.state]), found.name, text)
    console.print(line)


def _summary(problems: int) -> Text:
    if problems:
        counted = "1 problem is" if problems == 1 else f"{problems} problems are"
        return Text(f"{counted} in the way of agentcore analyse.", style="bold red")
    return Text("Nothing is in the way of agentcore analyse.", style="bold green")
