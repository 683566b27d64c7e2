"""Agents and functions for conversations with carry-over, message functions and summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents.player import Player

__all__ = [
    "BeginsAbout",
    "BriefsInTurn",
    "Critic",
    "ReviewedUser",
    "count_of_messages",
    "ends",
    "knows_its_peer",
    "later_ends",
    "opening",
    "order",
    "reflect_on",
]


class BriefsInTurn(Player):
    """Converses with a peer in its turn, with a briefing, and answers with the summary."""

    def __init__(
        self, name: str, peer: Any, options: Mapping[str, Any], later: bool, **more: Any
    ) -> None:
        super().__init__(name, **more)
        self.peer = peer
        self.options = options
        self.register_reply("user", self.chat_later if later else self.chat)

    def chat(self, raw_message: Message) -> tuple[bool, Any]:
        result = self.initiate_chat(self.peer, **{"message": raw_message, **self.options})
        return True, result.summary

    async def chat_later(self, raw_message: Message) -> tuple[bool, Any]:
        result = await self.a_initiate_chat(self.peer, **{"message": raw_message, **self.options})
        return True, result.summary


class BeginsAbout(Player):
    """BeginsAbout conversations with what it makes of the context, and answers nobody."""

    def generate_init_message(self, **context: Any) -> str:
        return f"about {context['topic']}"


class Critic(Player):
    """Answers with its name, the message, and how many messages of the sender it knows."""

    @agent_reply()
    def criticise(self, raw_message: Message) -> tuple[bool, str]:
        return True, f"critic on: {raw_message.content}"


class ReviewedUser(Player):
    """Has each answer of the writer reviewed by the critic first: the reflection pattern."""

    def __init__(self, name: str, chats: Sequence[Mapping[str, Any]], trigger: Any) -> None:
        super().__init__(name, max_consecutive_auto_reply=1)
        self.register_nested_chats(chats, trigger)

    def begin(self, peer: Any) -> ChatResult:
        return self.initiate_chat(peer, "write", silent=True)


def ends(result: ChatResult) -> dict[str, Any]:
    """Summarise a chat by its ends, as a dict; used as ``summary_method=``."""
    return {"content": f"{result.transcript[0].content} .. {result.transcript[-1].content}"}


async def later_ends(result: ChatResult) -> Any:
    """`ends`, awaited."""
    return ends(result)


def count_of_messages(sender: ConversableAgent, recipient: Any, summary_args: Any) -> str:
    """Summarise a chat in the form of AutoGen."""
    count = len(sender.get_chat_messages(recipient))
    return f"{count} {summary_args['unit']} of {sender.name} and {get_agent_name(recipient)}"


def opening(sender: Any, recipient: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """Give the first message in the form of AutoGen."""
    names = f"{get_agent_name(sender)} to {get_agent_name(recipient)}"
    return {"content": f"{names}: {context['topic']}, {context['carryover']}"}


def order(recipient: Any, dish: str) -> str:
    """Give the first message by names."""
    return f"{get_agent_name(recipient)}, {dish} please"


def reflect_on(recipient: Any, messages: Sequence[Message], sender: AgentRef, config: Any) -> str:
    """Give the first message of a nested chat in the form of AutoGen."""
    last = recipient.last_message(sender)
    assert last == messages[-1]
    return f"reflect on {last.content}"


def knows_its_peer(recipient: Any, messages: Any, sender: AgentRef, config: Any) -> Any:
    """Answer a peer that is the one given as ``config``: a reply function of AutoGen."""
    return True, f"{sender == config} {config == sender} {len({sender, config})}"
