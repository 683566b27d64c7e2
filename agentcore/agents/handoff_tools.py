"""Handoffs that a model decides: the tools of ``handoffs=``, and what a call of them comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from agentcore.base.checks import several
from agentcore.base.error_words import words_of
from agentcore.base.errors import AgentCoreError, AgentNotFoundError
from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.chat_errors import ChatError
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import as_message
from agentcore.runtime.ports import HostedAgent
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.handoff_targets import target
from agentcore.runtime.turns.routing import refusal
from agentcore.runtime.turns.turn import Turn
from agentcore.tools.tool import Tool

__all__ = ["as_handoffs", "checked_handoff", "described_tools", "is_handoff", "plain_handoff_tools"]

_PREFIX: Final = "transfer_to_"
_NO_ARGUMENTS: Final = {"type": "object", "properties": {}}


@attrs.frozen
class _HandsOff:
    """The function of a tool that hands the conversation off; arguments of it say nothing."""

    handoff: Handoff

    def __call__(self, **ignored: Any) -> Handoff:
        return self.handoff


def as_handoffs(values: Any) -> tuple[Handoff, ...]:
    """Read ``handoffs=``.

    Raises:
        TypeError: it is no list, or one of it is neither an agent, a ref, a name nor a `Handoff`.
        ValueError: an agent is there twice.
    """
    found: list[Handoff] = []
    for each in several(values, "handoffs= is a list of agents, as in handoffs=['billing']"):
        handoff = each if isinstance(each, Handoff) else Handoff(each)
        try:
            name = get_agent_name(handoff.to)
        except TypeError as error:
            raise TypeError(
                f"handoffs= has agents, refs, names and Handoff(...), not {each!r:.200}"
            ) from error
        if name in [get_agent_name(known.to) for known in found]:
            raise ValueError(f"handoffs= has {name!r} twice")
        found.append(handoff)
    return tuple(found)


def is_handoff(tool: Tool | None) -> bool:
    """Return whether it is a tool of ``handoffs=``."""
    return tool is not None and isinstance(tool.function, _HandsOff)


def plain_handoff_tools(
    handoffs: Iterable[Handoff], descriptions: Sequence[str] = ()
) -> list[Tool]:
    """Return a tool for each handoff, named ``transfer_to_`` and the agent's name.

    Args:
        descriptions: what the agents say of themselves; none by default.
    """
    tools: list[Tool] = []
    for index, handoff in enumerate(handoffs):
        name = get_agent_name(handoff.to)
        plain = _PREFIX + re.sub(r"[^A-Za-z0-9_-]", "_", name)[:40]
        if plain in [tool.name for tool in tools]:
            plain = f"{plain}_{index + 1}"
        text = f"Hand the conversation off to {name}, who answers from then on."
        about = descriptions[index].strip() if descriptions else ""
        text = f"{text} {name}: {about}" if about else text
        tools.append(Tool(plain, text, _NO_ARGUMENTS, _HandsOff(handoff)))
    return tools


def described_tools(agent: HostedAgent, handoffs: Sequence[Handoff]) -> Steps:
    """Return these tools, with the descriptions that the agents have now."""
    mailbox = agent._mailbox
    runtime = None if mailbox is None else mailbox.runtime
    descriptions = []
    for handoff in handoffs:
        descriptions.append((yield from _description(runtime, handoff.to)))
    return plain_handoff_tools(handoffs, descriptions)


def _description(runtime: RuntimePort | None, agent: Any) -> Steps:
    """Return what an agent says of itself; empty if it is not there, or cannot be asked."""
    if not isinstance(agent, str | AgentRef):
        return str(agent.description or "")
    if runtime is None:
        return ""
    try:
        text = runtime.descriptions.of(runtime.resolve(agent))
        return text if isinstance(text, str) else (yield text)
    except (AgentNotFoundError, ChatError):
        return ""  # it may be there when the model calls the tool


def checked_handoff(turn: Turn | None, handoff: Handoff) -> Handoff | str:
    """Return a handoff that a tool returned, to the agent's ref; or why it cannot be, in words.

    Args:
        turn: the turn that it ends; ``None`` outside of any conversation.
    """
    try:
        if handoff.message is not None:
            as_message(handoff.message)
        if turn is None:
            return handoff
        to = target(turn, handoff.to)
    except (AgentCoreError, TypeError, ValueError) as error:
        return f"not handed off: {words_of(error)}"
    why_not = refusal(turn, to)  # type: ignore[arg-type]  # only turns on messages have models
    return (
        f"not handed off: {turn.mailbox.ref.name!r} {why_not}"
        if why_not
        else attrs.evolve(handoff, to=to)
    )
