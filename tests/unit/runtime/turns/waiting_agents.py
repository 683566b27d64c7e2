"""Agents that wait for each other, block, or await, for the tests of turns."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from agentcore import (
    AgentDiedError,
    AgentRef,
    ChatTimeoutError,
    ConversableAgent,
    UserProxyAgent,
    agent_reply,
)
from agentcore.runtime.connecting import runtime_for

PATIENCE = 30.0  # seconds; only a test that fails waits that long


class Asker(ConversableAgent):
    """Asks ``peers`` before it answers with what came of that."""

    def __init__(self, name: str, *peers: str, timeout: float | None = None) -> None:
        super().__init__(name)
        self.peers = peers
        self.timeout = timeout

    @agent_reply("user")
    def answer(self) -> tuple[bool, Any]:
        """Ask one, or all at once."""
        try:
            if len(self.peers) == 1:
                self.send("hello", self.peers[0], timeout=self.timeout)
            else:
                error = self.ask_all("hello", self.peers, timeout=self.timeout).error
                return True, type(error).__name__
        except (AgentDiedError, ChatTimeoutError) as error:
            return True, type(error).__name__
        return True, "done"

    @agent_reply()
    def listen(self) -> tuple[bool, Any]:
        """Answer nobody else."""
        return True, None


class Speaks(ConversableAgent):
    """Says its name."""

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Say it."""
        return True, f"{self.name} speaks"


class Blocks(ConversableAgent):
    """Blocks its thread until it may go on."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Block."""
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return True, "late"


class Forwards(ConversableAgent):
    """Asks ``peer``, and says nothing."""

    def __init__(self, name: str, peer: str) -> None:
        super().__init__(name)
        self.peer = peer

    @agent_reply()
    def answer(self) -> tuple[bool, Any]:
        """Ask."""
        self.send("hello", self.peer)
        return True, None


class Later(ConversableAgent):
    """Awaits that it may go on, and then asks alice."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.begun = threading.Event()
        self.go_on = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    @agent_reply()
    async def answer(self) -> tuple[bool, Any]:
        """Await."""
        self.loop = asyncio.get_running_loop()
        self.begun.set()
        await self.go_on.wait()
        await self.a_send("hello", "alice")
        return True, None


def user() -> UserProxyAgent:
    """A user who never answers."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


def agent_behind(ref: AgentRef) -> Any:
    """Give the agent object behind a ref of this process."""
    return runtime_for(ref).mailboxes[ref.name].agent
