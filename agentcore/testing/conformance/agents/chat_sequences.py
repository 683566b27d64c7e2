"""Agents that have a sequence of chats in their turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents.player import Player

__all__ = ["ChatsWithMany", "Front", "first_words", "greeting"]


class ChatsWithMany(Player):
    """Calls `initiate_chats` in its turn, and answers with the summaries of the chats."""

    def __init__(
        self, name: str, chats: Sequence[Mapping[str, Any]], later: bool = False, **options: Any
    ) -> None:
        super().__init__(name, **options)
        self.chats = chats
        self.register_reply(None, self.chat_later if later else self.chat)

    def chat(self, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name in self._peers():
            return True, None
        return True, " | ".join(each.summary for each in self.initiate_chats(self.chats))

    async def chat_later(self, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name in self._peers():
            return True, None
        results = await self.a_initiate_chats(self.chats)
        return True, " | ".join(each.summary for each in results)

    def _peers(self) -> set[str]:
        return {get_agent_name(chat["recipient"]) for chat in self.chats}


class Front(Player):
    """Answers ``user`` with the last summary of nested chats: `register_nested_chats`."""

    def __init__(self, name: str, chats: Sequence[Mapping[str, Any]], **options: Any) -> None:
        super().__init__(name, **options)
        self.register_nested_chats(chats, "user")


def first_words(result: ChatResult) -> str:
    """Summarise a chat by its first message; used as ``summary_method=``."""
    return f"began {result.transcript[0].content}"


def greeting(recipient: Any, carryover: Sequence[str]) -> str:
    """Give the first message of a chat; used as ``message``."""
    return f"hello {get_agent_name(recipient)}, {len(carryover)} carried over"
