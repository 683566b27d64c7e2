"""An agent with hooks, and functions that are hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agentcore.protocol.decisions import Handoff
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player

__all__ = [
    "Echoes",
    "HandsOff",
    "Hooked",
    "Relays",
    "RelaysLater",
    "Typed",
    "autogen_send",
    "louder",
    "louder_later",
    "nothing",
    "raises",
    "sends_first",
]


class Hooked(Player):
    """Has the hooks that it is given, by the names of their points."""

    def __init__(self, name: str, hooks: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(name, **options)
        for point, hook in hooks.items():
            self.register_hook(point, hook)


class Echoes(Hooked):
    """Repeats what it hears."""

    @agent_reply()
    def echo(self, raw_message: Message) -> tuple[bool, str]:
        return True, f"heard {raw_message.content}"


class Relays(Hooked):
    """Passes what it hears on to bob, and answers with what bob said."""

    @agent_reply("user")
    def relay(self, raw_message: Message) -> tuple[bool, Any]:
        result = self.send(raw_message.content, "bob")
        return True, f"bob {result.last_message.content}"  # type: ignore[union-attr]


class RelaysLater(Hooked):
    """`Relays` as ``async def``."""

    @agent_reply("user")
    async def relay(self, raw_message: Message) -> tuple[bool, Any]:
        result = await self.a_send(raw_message.content, "bob")
        return True, f"bob {result.last_message.content}"  # type: ignore[union-attr]


class HandsOff(Hooked):
    """Hands every conversation off to bob."""

    @agent_reply()
    def over(self) -> tuple[bool, Any]:
        return True, Handoff("bob", "over to you")


class Typed(Hooked):
    """Has a human who types the same at every message."""

    def get_human_input(self, prompt: str) -> str:
        """Type."""
        return "typed"


def louder(message: Message) -> Any:
    """Return the message with a mark behind it."""
    return {**message, "content": f"{message.content}!"}


async def louder_later(message: Message) -> Any:
    """Return the same, as ``async def``."""
    return f"{message.content}!"


def autogen_send(sender: Any, message: Any, recipient: Any, silent: Any) -> Any:
    """Return a message as a hook of AutoGen does, which knows texts and dicts."""
    text = message if isinstance(message, str) else message["content"]
    return f"{sender.name} to {recipient.name}, silent {silent}: {text}"


def raises(message: Any) -> Any:
    """Raise."""
    raise LookupError("no such phrase")


def nothing(message: Any) -> None:
    """Return nothing, as one who forgot to."""


def sends_first(message: Message, recipient: Any, sender: Any) -> Any:
    """Ask bob, before the message is sent to another."""
    if recipient.name == "bob":
        return message
    result = sender.send("may I?", "bob")
    return f"{message.content} ({result.last_message.content})"
