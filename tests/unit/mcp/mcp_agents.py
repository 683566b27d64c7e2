"""Agents that tests serve over MCP: ``python -m agentcore.mcp mcp_agents:spawn``."""

from __future__ import annotations

import asyncio
from typing import Any

from agentcore import AgentSystem, ConversableAgent, agent_reply, get_agent_name

print("this module prints as it is imported")


class Echo(ConversableAgent):
    """Says what it is told."""

    def describe(self) -> str:
        """Say what it is for."""
        return "Repeats what it is told."

    @agent_reply()
    def echo(self, raw_message: Any) -> tuple[bool, str]:
        print("this rule prints")
        return True, f"You said: {raw_message['content']}"


class Knows(ConversableAgent):
    """Says who asks."""

    @agent_reply()
    def name_sender(self, sender: Any) -> tuple[bool, str]:
        return True, get_agent_name(sender)


class Broken(ConversableAgent):
    """Always fails."""

    @agent_reply()
    def fail(self) -> tuple[bool, str]:
        raise ValueError("no database")


class Silent(ConversableAgent):
    """Never answers, and needs no answer."""

    @agent_reply()
    def stop(self) -> tuple[bool, None]:
        return True, None


class Poet(ConversableAgent):
    """Answers with a stream."""

    @agent_reply()
    def recite(self) -> tuple[bool, Any]:
        return self.stream_reply(iter(["An old ", "silent ", "pond"]))


class Meeting(ConversableAgent):
    """Answers one when another has come."""

    come: asyncio.Event | None = None

    @agent_reply()
    async def meet(self) -> tuple[bool, str]:
        if Meeting.come is None:
            Meeting.come = asyncio.Event()
            await Meeting.come.wait()
        Meeting.come.set()
        return True, "met"


def spawn(system: AgentSystem) -> None:
    """Spawn the agents."""
    print("this function prints")
    system.spawn(Echo, "echo")
    system.spawn(Knows, "who")
    system.spawn(Broken, "broken")
    system.spawn(Silent, "silent")
    system.spawn(Poet, "poet of haiku")
    system.spawn_many(Meeting, ["first", "second"])
