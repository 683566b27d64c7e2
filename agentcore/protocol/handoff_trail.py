"""`HandoffTrail`: whom an agent's conversations were handed off to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.history import History
from agentcore.protocol.message import Message

__all__ = ["HandedOff", "HandoffTrail", "news"]


@attrs.frozen
class HandedOff:
    """A handoff, as the agent that began the conversation keeps it.

    Attributes:
        to: the agent that took over.
        since: how many messages the history with it had then; what follows came of the handoff.
        agent: its object, if it is one that is hosted only while it converses; else ``None``.
    """

    to: AgentRef
    since: int
    agent: Any = None


class HandoffTrail:
    """For one agent: which of those that it began with handed off, and to whom.

    It lasts as long as the history with who handed off, so that the next message of the same
    session goes to whoever took over. It has no circles: an agent that takes over is removed from
    those that handed off.

    Examples:
        >>> trail = HandoffTrail()
        >>> trail.add("desk", HandedOff(AgentRef("billing", ""), 1))
        >>> trail.end("desk").to.name
        'billing'
        >>> trail.add("billing", HandedOff(AgentRef("desk", ""), 4))
        >>> trail.end("desk") is None
        True
    """

    __slots__ = ("_handed",)

    def __init__(self) -> None:
        self._handed: dict[str, HandedOff] = {}

    def add(self, key: str, handed: HandedOff) -> None:
        """Note that the peer of this key handed off."""
        self._handed.pop(handed.to.key, None)
        self._handed[key] = handed

    def after(self, name: str) -> list[HandedOff]:
        """Give the handoffs that followed one another, from the one of ``name`` on."""
        found = []
        while (handed := self._handed.get(name)) is not None:
            found.append(handed)
            name = handed.to.key
        return found

    def end(self, name: str) -> HandedOff | None:
        """Give the last of these handoffs; ``None`` if ``name`` has the conversation itself."""
        found = self.after(name)
        return found[-1] if found else None

    def forget(self, name: str | None) -> None:
        """Forget that ``name`` handed off; ``None`` forgets all handoffs."""
        if name is None:
            self._handed.clear()
        else:
            self._handed.pop(name, None)


def news(
    handoffs: list[HandedOff],
    histories: Mapping[str, History],
    until: Callable[[Message], bool],
) -> tuple[Message, ...]:
    """Give what came of handoffs, for who handed off and is asked again.

    Args:
        handoffs: one after the other, as `HandoffTrail.after` gives them.
        histories: those of the agent that began the conversation.
        until: whether a message is the one that the agent is going to be asked.

    Returns:
        the messages before that one, each with the name of who said it, unless it was the agent
        that began the conversation.
    """
    found: list[Message] = []
    for handed in handoffs:
        history = histories.get(handed.to.key)
        if history is None:
            continue
        said, mine = history.said[handed.since :], history.mine[handed.since :]
        for message, own in zip(said, mine, strict=True):
            if until(message):
                return tuple(found)
            found.append(message if own else message.named(handed.to.name))
    return tuple(found)
