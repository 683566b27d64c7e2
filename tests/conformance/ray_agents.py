"""Agents for what only the Ray backend has."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from typing import Any

from agentcore import ConversableAgent, UserProxyAgent, agent_reply


class Echo(ConversableAgent):
    """Answers with what it was told, and says where it lives."""

    @agent_reply()
    def echo(self, raw_message: Any) -> tuple[bool, Any]:
        """Answer."""
        return True, raw_message.content

    def pid(self) -> int:
        """Give the id of its process."""
        return os.getpid()

    def threads(self) -> int:
        """Count the threads of its process."""
        return threading.active_count()


class Mortal(Echo):
    """Ends its own process in the middle of a turn, when it is told to die."""

    @agent_reply()
    def echo(self, raw_message: Any) -> tuple[bool, Any]:
        """Answer, or die."""
        if raw_message.content == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        return True, raw_message.content


class Asker(Echo):
    """Asks a peer, and passes on what it says."""

    def __init__(self, name: str, peer: str = "", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.peer = peer

    @agent_reply(lambda self: [self.peer])
    def hear(self) -> tuple[bool, Any]:
        """Do not answer the peer's answer."""
        return True, None

    @agent_reply()
    def echo(self, raw_message: Any) -> tuple[bool, Any]:
        """Ask."""
        answer = self.send(raw_message, self.peer).last_message
        return True, answer and answer.content


class Router(ConversableAgent):
    """Consults the agents of the route that it is told, one after the other, nested."""

    @agent_reply()
    def consult(self, raw_message: Any) -> tuple[bool, Any]:
        """Ask the first of the route to consult the rest."""
        head, _, rest = raw_message.content.partition(" ")
        if head == "done":
            return True, None
        if not rest:
            return True, "done"
        self.send(rest, rest.partition(" ")[0])
        return True, "done"


class Stranger:
    """No agent: it cannot be spawned."""

    def __init__(self, name: str) -> None:
        self.name = name


class Unpicklable(Echo):
    """Cannot come along with what it is constructed with."""

    def __init__(self, name: str, lock: Any) -> None:
        super().__init__(name)
        self.lock = lock


def user() -> UserProxyAgent:
    """A user who never answers."""
    name = f"user-{uuid.uuid4().hex[:8]}"
    return UserProxyAgent(name, human_input_mode="NEVER", max_consecutive_auto_reply=0)


def fresh(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"
