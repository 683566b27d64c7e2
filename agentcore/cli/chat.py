"""``agentcore chat``: talk to an agent, or a group, of a module."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from agentcore.agents.agent import UserProxyAgent
from agentcore.base.errors import AgentCoreError
from agentcore.base.named_objects import named_object
from agentcore.cli.model_choice import named_by
from agentcore.cli.partner import agent_of
from agentcore.cli.screen import harmless, screen, show_error
from agentcore.config.core import load_core
from agentcore.protocol.message import Message
from agentcore.runtime.connecting import connect

__all__ = ["chat"]

_ME = "you"
_SAID = re.compile(r"(?P<who>.+?) \(to (?P<whom>.+?)\):\n\n(?P<text>.*)\n\n-{80}", re.DOTALL)


def chat(
    agent: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:NAME",
            help="A class of agents, an agent, or a function that makes one; it may take a system.",
        ),
    ],
    model: Annotated[
        str | None, typer.Option(help="The agent's model: a name, local:NAME or openai:NAME.")
    ] = None,
    backend: Annotated[str | None, typer.Option(help="thread or ray.")] = None,
) -> None:
    """Talk to an agent or a group of a module. exit or Ctrl-D ends, Ctrl-C stops an answer."""
    console = screen()
    found = named_object(agent)
    llm = None if model is None else named_by(model, load_core().models).llm
    members = _MemberTalk(console)
    with connect(backend, console=members.show) as system:
        partner = agent_of(found, system, llm, agent.rpartition(":")[2])
        me = UserProxyAgent(_ME, human_input_mode="NEVER", max_consecutive_auto_reply=0)
        console.print(Text(f"You talk to {partner.name}. exit or Ctrl-D ends.", style="dim"))
        while (text := _asked(console)) is not None:
            if text.strip():
                members.last = ""
                _say(console, me, partner, text, members)


class _MemberTalk:
    """What agents say to each other before the answer, as the members of a group do.

    It prints in place of the system's console, on whatever thread something is said.

    Attributes:
        last: the text that was shown last.
    """

    def __init__(self, console: Console) -> None:
        self.last = ""
        self._console = console

    def show(self, printed: str) -> None:
        """Show what one agent says to another; what the user said or hears is shown elsewhere."""
        said = _SAID.fullmatch(printed)
        if said is None:
            self._console.print(Text(harmless(printed)), soft_wrap=True)
        elif _ME not in (said["who"], said["whom"]):
            self.last = said["text"]
            head = Text(f"{said['who']}> ", style="cyan")
            self._console.print(head + Text(harmless(said["text"])), soft_wrap=True)


def _asked(console: Console) -> str | None:
    """Return the next line of the user's; ``None`` if it was the last."""
    while True:
        try:
            text = console.input(Text(f"{_ME}> ", style="bold"))
        except EOFError:
            console.print()
            return None
        except KeyboardInterrupt:
            console.print(Text("\nexit or Ctrl-D ends.", style="dim"))
            continue
        return None if text.strip().lower() in ("exit", "quit") else text


def _say(
    console: Console, me: UserProxyAgent, partner: Any, text: str, members: _MemberTalk
) -> None:
    """Say something, and show the answer as it comes; Ctrl-C ends that alone."""
    talk = me.start_chat(partner, text, clear_history=False)
    try:
        result = talk.result()
        message = result.last_message
        if message is None or len(result.transcript) < 2:
            console.print(Text("(no answer)", style="dim"))
        elif "group" not in message.metadata or message.content != members.last:
            _show(console, me, partner.name, message)
    except KeyboardInterrupt:
        talk.cancel()
        console.print(Text("\nStopped.", style="dim"))
    except AgentCoreError as error:  # the talk goes on: the next answer may come
        show_error(str(error))


def _show(console: Console, me: UserProxyAgent, name: str, message: Message) -> None:
    where = message.metadata
    speaker = (where.get("group") or {}).get("speaker") or name
    console.print(Text(f"{speaker}> ", style="bold cyan"), end="")
    if not where.get("stream"):
        console.print(Text(harmless(message.content or "")), soft_wrap=True)
        return
    with closing(me.get_agent_stream_messages(where["agent"], where["stream_id"])) as pieces:
        for piece, _ in pieces:  # Ctrl-C closes the source too
            console.print(Text(harmless(piece)), soft_wrap=True, end="")
    console.print()
