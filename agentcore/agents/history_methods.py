"""The public methods of agents about histories and limits of automatic replies."""

from __future__ import annotations

from agentcore.agents.memory import AgentMemory, checked_limit
from agentcore.agents.peer_histories import PeerHistories, key_of
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.history import History
from agentcore.protocol.message import Message

__all__ = ["HistoryMethods"]


class HistoryMethods:
    """A base of `ConversableAgent`: its methods about what it remembers in its `AgentMemory`."""

    _part_of_agent = True
    name: str
    system_message: str
    _memory: AgentMemory

    @property
    def chat_messages(self) -> dict[str, History]:
        """The agent's histories, by the name of the peer."""
        return dict(self._messages)

    @property
    def _messages(self) -> PeerHistories:
        return PeerHistories(self)

    def get_chat_messages(self, peer: AgentLike) -> History:
        """Give the history with one peer; an empty one if they never conversed."""
        return self._memory.histories.get(key_of(self, peer)) or History()

    def last_message(self, peer: AgentLike | None = None) -> Message | None:
        """Give the last message of the history with ``peer``, or of the only history there is.

        Returns:
            ``None`` if there is no message.

        Raises:
            ValueError: there are several histories, and no peer was given.
            KeyError: the agent never conversed with ``peer``.
        """
        histories = self._messages
        if peer is not None:
            history = histories.of(peer)
            return history[-1] if history else None
        nonempty = [history for history in histories.values() if history]
        if not nonempty:
            return None
        if len(nonempty) > 1:
            names = ", ".join(sorted(histories))
            raise ValueError(f"agent {self.name!r} conversed with several: say whom ({names})")
        return nonempty[0][-1]

    def clear_history(self, peer: AgentLike | None = None) -> None:
        """Clear the history with ``peer``, or all histories."""
        self._memory.clear(None if peer is None else key_of(self, peer))

    def update_system_message(self, system_message: str) -> None:
        """Set the system message."""
        self.system_message = system_message

    def max_consecutive_auto_reply(self, sender: AgentLike | None = None) -> int:
        """Give the limit of automatic replies in a row to ``sender``, or the general limit."""
        keys = () if sender is None else (key_of(self, sender), get_agent_name(sender))
        return self._memory.limit_for(*keys)

    def update_max_consecutive_auto_reply(
        self, value: int | None, sender: AgentLike | None = None
    ) -> None:
        """Set the limit of automatic replies in a row, for one sender or for all.

        Args:
            value: 0 or more; -1 for no limit; ``None`` for the default, 100.
            sender: whom it is for; ``None`` sets the general limit and removes all others.

        Raises:
            ValueError: it is neither ``None`` nor a whole number, -1 or more.
        """
        self._memory.set_limit(checked_limit(value), self._whom(sender))

    def stop_reply_at_receive(self, sender: AgentLike | None = None) -> None:
        """Do not answer ``sender``, or anyone, until a new conversation clears the history."""
        self._memory.mute(self._whom(sender))

    def _whom(self, sender: AgentLike | None) -> str | None:
        """Return a name as it is, for all peers of the name; of a ref or an object its key."""
        return sender if sender is None or isinstance(sender, str) else key_of(self, sender)
