"""The base class of the agents: tests read what it knows, on whatever host it is."""

from __future__ import annotations

from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.agent_ref import get_agent_name
from agentcore.protocol.transcript import ChatResult

__all__ = ["Player", "last_content"]


class Player(ConversableAgent):
    """An agent whose history and attributes can be read and set: ``ref.call("heard", "bob")``."""

    def heard(self, peer: Any) -> list[tuple[str, Any]]:
        """Give role and content of each message of its history with ``peer``."""
        return [(m.role, m.content) for m in self.get_chat_messages(get_agent_name(peer))]

    def know(self, attribute: str) -> Any:
        """Give one of its attributes."""
        return getattr(self, attribute)

    def learn(self, attribute: str, value: Any) -> None:
        """Set one of its attributes."""
        setattr(self, attribute, value)

    def remember(self, peer: str, messages: Any) -> None:
        """Assign its history with ``peer``."""
        self._messages[peer] = messages

    def ask_for_last(self, peer: Any = None) -> Any:
        """Give the content of ``last_message(peer)``."""
        message = self.last_message(peer)
        return None if message is None else message.content


def last_content(result: ChatResult) -> str:
    """Give the text of the last message of a conversation, or ``(nothing)``."""
    message = result.last_message
    return "(nothing)" if message is None else str(message.content)
