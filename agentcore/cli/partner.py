"""The agent that a user's class, function or object stands for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.base.errors import ConfigError
from agentcore.groups.group import GroupChat
from agentcore.protocol.agent_ref import AgentRef
from agentcore.runtime.system import AgentSystem

__all__ = ["agent_of"]


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
