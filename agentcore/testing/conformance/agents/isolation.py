"""Agents that change objects which they gave away or were given."""

from __future__ import annotations

from typing import Any

from agentcore.protocol.agent_ref import get_agent_name
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = ["Box", "Boxes", "Meddles"]


class Box:
    """A mutable object, to be put into a message's metadata."""

    def __init__(self, value: int) -> None:
        self.value = value


class Boxes(Player):
    """Answers with a box that it keeps, and that it can change afterwards."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.box = Box(1)

    @agent_reply()
    def give(self) -> tuple[bool, Any]:
        return True, {"content": "here", "metadata": {"box": self.box}}

    def change(self, value: int) -> None:
        """Change the box that was given away."""
        self.box.value = value

    def seen(self, peer: Any) -> list[int]:
        """Give the values of the boxes in its history with ``peer``."""
        history = self.get_chat_messages(get_agent_name(peer))
        return [m.metadata["box"].value for m in history if "box" in m.metadata]


class Meddles(Boxes):
    """Tries to change the messages that it is given, and answers how many changes were refused."""

    @agent_reply()
    def meddle(self, raw_message: Message, messages: Any) -> tuple[bool, Any]:
        refused = 0
        for message in (raw_message, messages[-1]):
            for change in (
                lambda m: m["metadata"]["tags"].append("mine"),
                lambda m: m["metadata"].update(mine=True),
                lambda m: setattr(m, "content", "mine"),
            ):
                try:
                    change(message)
                except (TypeError, AttributeError):
                    refused += 1
            if "box" in message.metadata:
                message.metadata["box"].value = 99
        return True, f"refused {refused}"
