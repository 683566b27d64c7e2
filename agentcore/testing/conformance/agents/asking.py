"""Agents that ask others before they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents.player import Player, last_content

__all__ = ["Asks", "AsksLater", "Relays"]


class Asks(Player):
    """Asks others before it answers: those that ``asks`` names for who asked it.

    A question ends with a question mark; anything else is an answer, and is not answered.

    Args:
        asks: names of peers, by the name of who asked; ``*`` is anyone else.
        options: also of the agent.
    """

    def __init__(
        self, name: str, asks: Mapping[str, Sequence[Any]] | None = None, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.asks = dict(asks or {})
        self.results: list[ChatResult] = []
        self.errors: list[str] = []
        self.order: list[str] = []

    def peers(self, sender: AgentRef) -> Sequence[Any]:
        return self.asks.get(sender.name, self.asks.get("*", ()))

    @agent_reply()
    def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        self.order.append(f"{sender.name} asked")
        answers = []
        for peer in self.peers(sender):
            self.results.append(self.send(raw_message, peer))
            answers.append(self._messages[get_agent_name(peer)][-1]["content"])
        self.order.append(f"{sender.name} answered")
        return True, f"{self.name}({', '.join(answers)})"


class AsksLater(Asks):
    """The same with ``async def``: `a_send`."""

    @agent_reply()
    async def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if not raw_message.content.endswith("?"):
            return True, None
        self.order.append(f"{sender.name} asked")
        answers = []
        for peer in self.peers(sender):
            self.results.append(await self.a_send(raw_message, peer))
            answers.append(self._messages[get_agent_name(peer)][-1]["content"])
        self.order.append(f"{sender.name} answered")
        return True, f"{self.name}({', '.join(answers)})"


class Relays(Asks):
    """Asks others as `Asks` does, and tells what was said last, whoever said it."""

    @agent_reply()
    def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        answers = [last_content(self.send(raw_message, peer)) for peer in self.peers(sender)]
        return True, f"{self.name}({', '.join(answers)})"
