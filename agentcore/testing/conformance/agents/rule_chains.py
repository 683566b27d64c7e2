"""Agents with several rules, which show whose messages a rule answers and in which order."""

from __future__ import annotations

import asyncio
from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.answering import Counts, Human
from agentcore.testing.conformance.agents.player import Player

__all__ = ["Base", "Derived", "Doorkeeper", "Overridden", "is_vip"]


def is_vip(sender: AgentRef) -> bool:
    """Hold for senders whose name begins with ``vip``; used as a rule's trigger."""
    return sender.name.startswith("vip")


class Doorkeeper(Player):
    """Has a rule for each kind of trigger, and answers with the kind whose rule was asked."""

    def __init__(self, name: str, friend: Any = "nobody", **options: Any) -> None:
        super().__init__(name, **options)
        self.friend = friend

    @agent_reply()
    def anyone(self) -> tuple[bool, str]:
        return True, "anyone"

    @agent_reply("nora")
    def by_name(self) -> tuple[bool, str]:
        return True, "name"

    @agent_reply(Counts)
    def by_class(self) -> tuple[bool, str]:
        return True, "class"

    @agent_reply(is_vip)
    def by_predicate(self) -> tuple[bool, str]:
        return True, "predicate"

    @agent_reply(["olga", Human])
    def by_list(self) -> tuple[bool, str]:
        return True, "list"

    @agent_reply(lambda self: [self.friend])
    def by_asking(self) -> tuple[bool, str]:
        return True, "asked"


class Base(Player):
    """Has rules that note that they were asked and decide nothing."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.asked: list[str] = []

    def pass_on(self, rule: str) -> tuple[bool, None]:
        self.asked.append(rule)
        return False, None

    @agent_reply()
    def zebra(self) -> tuple[bool, Any]:
        return self.pass_on("zebra")

    @agent_reply("user")
    def yak(self) -> tuple[bool, Any]:
        return self.pass_on("yak")

    @agent_reply()
    async def ant(self) -> tuple[bool, Any]:
        await asyncio.sleep(0)
        return self.pass_on("ant")

    @agent_reply("user")
    def bee(self) -> tuple[bool, Any]:
        return self.pass_on("bee")


class Derived(Base):
    """Adds rules to those of its base class."""

    @agent_reply()
    def mole(self) -> tuple[bool, Any]:
        return self.pass_on("mole")

    @agent_reply("user")
    async def newt(self) -> tuple[bool, Any]:
        return self.pass_on("newt")

    @agent_reply("stranger")
    def owl(self) -> tuple[bool, Any]:
        return self.pass_on("owl")


class Overridden(Base):
    """Overrides a method of its base class that is a rule."""

    def yak(self) -> tuple[bool, Any]:
        return self.pass_on("my yak")
