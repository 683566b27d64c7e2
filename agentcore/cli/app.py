"""The commands of ``agentcore``, and what becomes of errors: a sentence, and an exit code."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agentcore.base.errors import AgentCoreError
from agentcore.base.version import VERSION
from agentcore.cli.analyse import analyse
from agentcore.cli.chat import chat
from agentcore.cli.doctor import doctor
from agentcore.cli.screen import show_error

__all__ = ["app"]


class _Commands(TyperGroup):
    """Commands that end with a sentence where agentcore raised; other errors keep a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AgentCoreError as error:
            show_error(str(error))
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback is for whoever mends it, and shows no data
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"agentcore {VERSION}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Agents from a shell: ask questions about files, talk to agents, look at the installation."""


app.command()(analyse)
app.command()(chat)
app.command()(doctor)
