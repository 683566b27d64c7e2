"""Agents that the tests of ``agentcore chat`` talk to."""

from __future__ import annotations

import _thread
import asyncio
from typing import Any

from agentcore import AgentRef, AgentSystem, ConversableAgent, GroupChat, agent_reply


class LoudEcho(ConversableAgent):
    """Says again what it heard."""

    @agent_reply()
    def echo(self, raw_message: dict[str, Any]) -> tuple[bool, str]:
        """Say it in capitals."""
        return True, str(raw_message["content"]).upper()


class Poet(ConversableAgent):
    """Answers with a stream."""

    @agent_reply()
    def recite(self) -> Any:
        """Stream three pieces."""
        return self.stream_reply(["An old ", "silent ", "pond"])


class Broken(ConversableAgent):
    """Raises at a word, and answers others."""

    @agent_reply()
    def reply(self, raw_message: dict[str, Any]) -> tuple[bool, str]:
        """Raise, with what looks like markup in the text."""
        if raw_message["content"] == "break":
            raise ValueError("no [red]such[/red] thing")
        return True, "still here"


class Endless(ConversableAgent):
    """Presses Ctrl-C at a word, and never answers it."""

    @agent_reply()
    async def reply(self, raw_message: dict[str, Any]) -> tuple[bool, str]:
        """Interrupt whoever waits."""
        if raw_message["content"] == "wait":
            _thread.interrupt_main()
            await asyncio.Event().wait()
        return True, "quick"


class Member(ConversableAgent):
    """Adds its name."""

    @agent_reply()
    def add(self, raw_message: dict[str, Any]) -> tuple[bool, str]:
        """Add it to what was said last."""
        return True, f"{raw_message['content']} {self.name}"


def team(system: AgentSystem) -> AgentRef:
    """Spawn a group of two."""
    members = system.spawn_many(Member, ["alice", "bob"])
    return system.spawn(GroupChat, "team", members, max_round=2, speaker_selection="round_robin")


def one(system: AgentSystem) -> None:
    """Spawn one agent, and return nothing, as functions for `agentcore.mcp` do."""
    system.spawn(LoudEcho, "single")


def two(system: AgentSystem) -> None:
    """Spawn two agents, so that nobody knows which is meant."""
    system.spawn_many(LoudEcho, ["first", "second"])


def with_model(llm: Any = None) -> ConversableAgent:
    """Make an agent with a model, without a system."""
    return ConversableAgent("thinker", llm=llm)


nothing = 3
ready = LoudEcho("ready")
