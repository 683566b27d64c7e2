"""Agents that ask others through their refs, in a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player
from agentcore.tools.decorator import tool

__all__ = ["CallsAtOnce", "CallsInTools", "GivesUpACall", "Knows", "Passes"]


class Knows(Player):
    """Has a value, at once or after a long time."""

    def value(self) -> str:
        """Give its name."""
        return self.name

    async def late_value(self) -> str:
        """Give its name after a minute."""
        await asyncio.sleep(60)
        return self.name


class CallsAtOnce(Player):
    """Calls a method of several agents at once, and answers with what they gave."""

    def __init__(self, name: str, peers: Sequence[AgentRef]) -> None:
        super().__init__(name)
        self.peers = peers

    @agent_reply()
    async def ask(self) -> tuple[bool, Any]:
        values = await asyncio.gather(*(peer.a_call("value") for peer in self.peers))
        return True, ", ".join(values)


class GivesUpACall(Player):
    """Waits a moment for a method that takes a minute, calls another one, and answers."""

    def __init__(self, name: str, peer: AgentRef, other: AgentRef) -> None:
        super().__init__(name)
        self.peer = peer
        self.other = other

    @agent_reply()
    async def ask(self) -> tuple[bool, Any]:
        try:
            await asyncio.wait_for(self.peer.a_call("late_value"), 0.05)
        except TimeoutError:
            return True, f"gave up; {await self.other.a_call('value')}"
        return True, "was answered"


class CallsInTools(Player):
    """Has a tool that calls a method of another agent, and blocks meanwhile."""

    def __init__(self, name: str, peer: AgentRef, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @tool
    def look_up(self, what: str) -> str:
        """Look something up."""
        return f"{what}: {self.peer.call('value')}"


class Passes(Player):
    """Passes calls of methods on to another agent."""

    def __init__(self, name: str, peer: AgentRef) -> None:
        super().__init__(name)
        self.peer = peer

    def pass_on(self, method: str, *args: Any) -> Any:
        """Give what a method of the other agent gives."""
        return self.peer.call(method, *args)
