"""The public methods of agents about histories and limits of automatic replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentcore.agents.chat_messages import ChatMessages, histories_from
from agentcore.agents.memory import AgentMemory, checked_limit
from agentcore.agents.saved_state import load_state, saved_state
from agentcore.base.plain_data import Default
from agentcore.protocol.agent_ref import AgentLike, get_agent_name
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.usage import Usage

__all__ = ["HistoryMethods"]


class HistoryMethods:
    """A base of `ConversableAgent`: its methods about what it remembers in its `AgentMemory`."""

    _part_of_agent = True
    name: str
    system_message: str
    _memory: AgentMemory
    _messages: ChatMessages

    @property
    def chat_messages(self) -> ChatMessages:
        """The agent's histories, by the peer: its name, a ref or an agent object.

        Assign a list of messages to set one: ``agent.chat_messages["bob"] = saved``.
        """
        return self._messages

    @chat_messages.setter
    def chat_messages(self, histories: Mapping[Any, Any]) -> None:
        read = histories_from(histories)
        self._memory.forget(None)
        self._messages.update(read)

    def get_chat_messages(self, peer: AgentLike) -> History:
        """Give the history with one peer; an empty one if they never conversed."""
        return self._memory.histories.get(get_agent_name(peer)) or History()

    def last_message(self, peer: AgentLike | None = None) -> Message | None:
        """Give the last message of the history with ``peer``, or of the only history there is.

        Returns:
            ``None`` if there is no message.

        Raises:
            ValueError: there are several histories, and no peer was given.
            KeyError: the agent never conversed with ``peer``.
        """
        histories = self._memory.histories
        if peer is not None:
            history = histories[get_agent_name(peer)]
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
        self._memory.clear(_name_or_none(peer))

    def forget(self, peer: AgentLike) -> None:
        """Forget a peer: the history with it, its own limit of replies, and that it is muted.

        For peers that do not come back. The next message of such a peer is that of a stranger.
        """
        self._memory.forget(get_agent_name(peer))

    def save_state(self, default: Default | None = None) -> dict[str, Any]:
        """Return what the agent remembers as a dict that JSON has, for `load_state`.

        That is its histories, and the tokens that its models used. Override it, and `load_state`,
        to save attributes of your own beside them; of a spawned agent, ``ref.call("save_state")``.

        Args:
            default: gives something in place of a value that JSON does not have, as of
                `json.dumps`.

        Raises:
            MessageTypeError: a message has such a value; the text says which.
        """
        return saved_state(self.name, self._memory, default)

    def load_state(self, state: str | Mapping[str, Any]) -> None:
        """Remember what `save_state` returned, in place of everything that is remembered now.

        Args:
            state: the dict, or JSON of it. It may be that of an agent of another name.

        Raises:
            StateError: it is no such dict; the text says what is wrong. Nothing was changed.
        """
        load_state(self.name, self._memory, state)

    def get_total_usage(self) -> Usage:
        """Return the tokens that the agent's models used, in all its turns and outside of them.

        Those of its prompts count, those of other agents that it asked do not. Of a spawned agent,
        ``ref.call("get_total_usage")``.
        """
        return self._memory.usage

    def update_system_message(self, system_message: str) -> None:
        """Set the system message."""
        self.system_message = system_message

    def max_consecutive_auto_reply(self, sender: AgentLike | None = None) -> int:
        """Give the limit of automatic replies in a row to ``sender``, or the general limit."""
        return self._memory.limit_for(_name_or_none(sender))

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
        self._memory.set_limit(checked_limit(value), _name_or_none(sender))

    def stop_reply_at_receive(self, sender: AgentLike | None = None) -> None:
        """Do not answer ``sender``, or anyone, until a new conversation clears the history."""
        self._memory.mute(_name_or_none(sender))


def _name_or_none(agent: AgentLike | None) -> str | None:
    return None if agent is None else get_agent_name(agent)
