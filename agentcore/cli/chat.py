"""``agentcore chat``: talk to an agent, or a group, of a module."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from agentcore.agents.agent import ConversableAgent, UserProxyAgent
from agentcore.base.errors import AgentCoreError, ConfigError
from agentcore.base.named_objects import named_object
from agentcore.cli.model_choice import named_by
from agentcore.cli.screen import harmless, screen, show_error
from agentcore.config.core import load_core
from agentcore.groups.group import GroupChat
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem

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
    with connect(backend, console=lambda text: _show_aside(console, text)) as system:
        partner = agent_of(found, system, llm, agent.rpartition(":")[2])
        name = partner.name
        console.print(Text(f"You talk to {name}. exit or Ctrl-D ends.", style="dim"))
        me = UserProxyAgent(_ME, human_input_mode="NEVER", max_consecutive_auto_reply=0)
        while (text := _asked(console)) is not None:
            if text.strip():
                _say(console, system, me, partner, text)


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
    console: Console, system: AgentSystem, me: UserProxyAgent, partner: Any, text: str
) -> None:
    """Say something, and show the answer as it comes; Ctrl-C ends that alone."""
    talk = me.start_chat(partner, text, clear_history=False)
    try:
        message = talk.result().last_message
        if message is None or (message.content == text and message.name == me.name):
            console.print(Text("(no answer)", style="dim"))
        else:
            _show(console, system, partner.name, message)
    except KeyboardInterrupt:
        talk.cancel()
        console.print(Text("\nStopped.", style="dim"))
    except AgentCoreError as error:  # the talk goes on: the next answer may come
        show_error(str(error))


def _show(console: Console, system: AgentSystem, name: str, message: Message) -> None:
    group = message.metadata.get("group") or {}
    console.print(Text(f"{group.get('speaker') or name}> ", style="bold cyan"), end="")
    if not message.metadata.get("stream"):
        console.print(Text(harmless(message.content or "")), soft_wrap=True)
        return
    where = message.metadata
    for piece, _ in system.get_agent_stream_messages(where["agent"], where["stream_id"]):
        console.print(Text(harmless(piece)), soft_wrap=True, end="")
    console.print()


def _show_aside(console: Console, printed: str) -> None:
    """Show what agents say to each other before the answer, as the members of a group do."""
    said = _SAID.fullmatch(printed)
    if said is None:
        console.print(Text(harmless(printed)), soft_wrap=True)
    elif _ME not in (said["who"], said["whom"]):
        head = Text(f"{said['who']} (to {said['whom']})> ", style="cyan")
        console.print(head + Text(harmless(said["text"])), soft_wrap=True)


def agent_of(found: Any, system: AgentSystem, llm: Any, name: str) -> Any:
    """Return the agent that a user's object stands for, as an object or a ref.

    Args:
        found: a class of agents, an agent, or a function of nothing or of a system that returns
            one, or spawns one.
        system: the system in which it is to live.
        llm: the model that it is given; ``None`` for its own.
        name: the name of the object, for the agent and for errors.

    Raises:
        ConfigError: it stands for no agent.
    """
    if isinstance(found, type):
        return system.spawn(found, _snake(name), **_options(found, llm))
    if isinstance(found, ConversableAgent | GroupChat | AgentRef):
        if llm is not None:
            raise ConfigError(f"{name!r} is an agent already, and takes no other --model")
        return found
    if not callable(found):
        raise ConfigError(f"{name!r} is no agent, class or function, but {type(found).__name__}")
    before = set(system.agents())
    made = found(*_arguments(found, system), **_model_option(found, llm, name))
    if isinstance(made, ConversableAgent | GroupChat | AgentRef):
        return made
    if isinstance(made, str):
        return system.agent(made)
    spawned = [each for each in system.agents() if each not in before]
    if made is None and len(spawned) == 1:
        return spawned[0]
    names = ", ".join(each.name for each in spawned) or "none"
    raise ConfigError(
        f"the function {name!r} is to return the agent to talk to: it returned "
        f"{type(made).__name__}, and spawned {names}"
    )


def _options(cls: type, llm: Any) -> dict[str, Any]:
    """Return the options of a class: the model, and that it streams, where it takes these."""
    open_ended, names = _parameters(cls)
    options: dict[str, Any] = {} if llm is None else {"llm": llm}
    if issubclass(cls, ConversableAgent) and (open_ended or "stream" in names):
        options["stream"] = True
    return options


def _model_option(function: Callable[..., Any], llm: Any, name: str) -> dict[str, Any]:
    if llm is None:
        return {}
    open_ended, names = _parameters(function)
    for parameter in ("llm", "model"):
        if parameter in names:
            return {parameter: llm}
    if open_ended:
        return {"llm": llm}
    raise ConfigError(f"the function {name!r} takes no model: give it a parameter llm for --model")


def _arguments(function: Callable[..., Any], system: AgentSystem) -> tuple[Any, ...]:
    """Return the system, if the function has a parameter for it."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in kinds and parameter.name not in ("llm", "model"):
            return (system,)
        break
    return ()


def _parameters(function: Callable[..., Any]) -> tuple[bool, set[str]]:
    """Return whether a function takes any keyword, and the names of its parameters."""
    parameters = inspect.signature(function).parameters.values()
    is_open = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
    return is_open, {each.name for each in parameters}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.rpartition(".")[2]).lower()
