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
    """Sends a question on to peers, one after the other, and answers with their answers.

    A message that ends with a question mark is a question. Any other message is an answer, to
    which it says nothing.

    Args:
        asks: the peers, by the name of who asked the question; ``*`` stands for anyone else.
        options: further arguments of the agent.
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
    """Does what `Asks` does with an ``async def`` rule and `a_send`."""

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
    """Does what `Asks` does, and takes the last message of each conversation, whoever said it."""

    @agent_reply()
    def answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        answers = [last_content(self.send(raw_message, peer)) for peer in self.peers(sender)]
        return True, f"{self.name}({', '.join(answers)})"
