"""Agents for what only the thread backend has."""

from __future__ import annotations

import threading
from typing import Any

from agentcore import (
    ConversableAgent,
    Message,
    agent_reply,
)

PATIENCE = 30.0  # seconds; only a test that fails waits that long


class Echo(ConversableAgent):
    """Says what it heard."""

    @agent_reply()
    def echo(self, raw_message: Message) -> tuple[bool, Any]:
        return True, raw_message.content


class Says(ConversableAgent):
    """Says one thing, and then nothing more."""

    @agent_reply()
    def say(self, messages: Any) -> tuple[bool, Any]:
        return True, "yes" if len(messages) == 1 else None


class Asker(ConversableAgent):
    """Asks another before it answers."""

    def __init__(self, name: str, peer: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    def ask(self, raw_message: Message) -> tuple[bool, Any]:
        if raw_message.content != "ask":
            return True, None
        self.send("question", self.peer)
        answer = self._messages[self.peer][-1]["content"]
        return True, f"{answer}, says {self.peer}"


class Silent(ConversableAgent):
    """Never says anything."""

    @agent_reply()
    def say_nothing(self) -> tuple[bool, Any]:
        return True, None


class Blocks(ConversableAgent):
    """Its rule blocks until the test lets it go."""

    begun = threading.Event()
    free = threading.Event()

    @agent_reply()
    def block(self) -> tuple[bool, Any]:
        self.begun.set()
        self.free.wait(PATIENCE)
        return True, None
