"""The public methods of agents that have to do with what they remember."""

from __future__ import annotations

from agentcore.agents.memory import AgentMemory, checked_limit
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.history import History
from agentcore.protocol.message import Message

__all__ = ["HistoryMethods"]


class HistoryMethods:
    """Methods of `ConversableAgent` on its histories. The histories are in its `AgentMemory`."""

    _part_of_agent = True
    name: str
    system_message: str
    _memory: AgentMemory

    @property
    def chat_messages(self) -> dict[str, History]:
        """The agent's histories, by the name of the peer."""
        return dict(self._memory.histories)

    def get_chat_messages(self, peer: AgentLike) -> History:
        """Give the history with one peer; empty for a stranger."""
        return self._memory.histories.get(get_agent_name(peer)) or History()

    def last_message(self, peer: AgentLike | None = None) -> Message | None:
        """Give the last message with ``peer``, or of the only conversation there is.

        Raises:
            ValueError: there are several, and no peer was given.
            KeyError: the peer is a stranger.
        """
        histories = self._memory.histories
        if peer is not None:
            history = histories[get_agent_name(peer)]
            return history[-1] if history else None
        told = [history for history in histories.values() if history]
        if not told:
            return None
        if len(told) > 1:
            names = ", ".join(sorted(histories))
            raise ValueError(f"agent {self.name!r} conversed with several: say whom ({names})")
        return told[0][-1]

    def clear_history(self, peer: AgentLike | None = None) -> None:
        """Forget what was said with ``peer``, or with everyone."""
        self._memory.clear(_name_or_none(peer))

    def update_system_message(self, system_message: str) -> None:
        """Set the system message."""
        self.system_message = system_message

    def max_consecutive_auto_reply(self, sender: AgentLike | None = None) -> int:
        """Give the limit of automatic replies in a row, to ``sender`` or in general."""
        return self._memory.limit_for(_name_or_none(sender))

    def update_max_consecutive_auto_reply(
        self, value: int | None, sender: AgentLike | None = None
    ) -> None:
        """Set the limit, for one sender or for all of them.

        Raises:
            ValueError: it is neither ``None`` nor a whole number, -1 or more.
        """
        self._memory.set_limit(checked_limit(value), _name_or_none(sender))

    def stop_reply_at_receive(self, sender: AgentLike | None = None) -> None:
        """Do not answer ``sender``, or anyone, until a new conversation is begun with them."""
        self._memory.mute(_name_or_none(sender))


def _name_or_none(agent: AgentLike | None) -> str | None:
    return None if agent is None else get_agent_name(agent)
