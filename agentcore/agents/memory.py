"""What agents remember: their histories, and whom they answer how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.protocol.agent_ref import get_agent_name
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import TERMINATE, TERMINATION_MESSAGE
from agentcore.protocol.transitions import UNLIMITED, Received

__all__ = ["DEFAULT_LIMIT", "HistoryMethods", "checked_limit"]

DEFAULT_LIMIT = 100


class HistoryMethods:
    """The part of `ConversableAgent` that records messages."""

    name: str
    system_message: str
    _is_termination_msg: Callable[[Message], Any] | None
    _plain: Received
    _limits: dict[str, int] | None
    _muted: MutedPeers | None
    _messages: dict[str, History]

    def _receive(self, envelope: Envelope, history: History, condition: str) -> Received:
        """Record a message, and say what there is to know about it."""
        message, conversation = envelope.message, envelope.conversation
        if envelope.opening and conversation.fresh:
            history.clear()
            if self._muted is not None:
                self._muted.unmute(conversation.initiator.name)
        route = envelope.route
        if route is None:
            history.said.append(message)
            history.mine.append(False)
        else:
            new = route.earlier if route.again else (*route.earlier, message)
            history.said.extend(new)
            history.mine.extend(bytes(len(new)))
        terminal = None
        if message.metadata and message.metadata.get("TERMINATE"):
            terminal = TERMINATE
        elif self._is_termination_msg is None:
            content = message.content
            if type(content) is str and content.rstrip().endswith("TERMINATE"):
                terminal = TERMINATION_MESSAGE
        elif self._is_termination_msg(message):
            terminal = TERMINATION_MESSAGE
        plain = self._plain
        particular = self._limits is not None or self._muted is not None
        if terminal is None and not condition and conversation.wanted and not particular:
            return plain
        name = envelope.sender.name
        return attrs.evolve(
            plain,
            limit=(self._limits or {}).get(name, plain.limit),
            terminal=terminal,
            condition=bool(condition),
            wanted=conversation.wanted and not (self._muted is not None and name in self._muted),
        )

    def _history_with(self, name: str) -> History:
        history = self._messages.get(name)
        if history is None:
            history = self._messages[name] = History()
        return history

    @contextmanager
    def _recording(self, name: str, message: Message, fresh: bool) -> Iterator[None]:
        """Record what the agent says, unless it cannot be delivered."""
        known = name in self._messages
        history = self._history_with(name)
        said, mine = history.said, history.mine  # `clear` leaves these alone
        if fresh:
            history.clear()
            if self._muted is not None:
                self._muted.unmute(name)
        history.record(message.isolated() if message.opaque else message, True)
        try:
            yield
        except BaseException:
            history.forget_last()
            history.said, history.mine = said, mine
            if not known:
                del self._messages[name]
            raise

    @property
    def chat_messages(self) -> dict[str, History]:
        """The agent's histories, by the name of the peer."""
        return dict(self._messages)

    def get_chat_messages(self, peer: Any) -> History:
        """Give the history with one peer; empty for a stranger."""
        return self._messages.get(get_agent_name(peer)) or History()

    def last_message(self, peer: Any = None) -> Message | None:
        """Give the last message with ``peer``, or of the only conversation there is.

        Raises:
            ValueError: there are several, and no peer was given.
            KeyError: the peer is a stranger.
        """
        if peer is not None:
            history = self._messages[get_agent_name(peer)]
            return history[-1] if history else None
        told = [history for history in self._messages.values() if history]
        if not told:
            return None
        if len(told) > 1:
            names = ", ".join(sorted(self._messages))
            raise ValueError(f"agent {self.name!r} conversed with several: say whom ({names})")
        return told[0][-1]

    def clear_history(self, peer: Any = None) -> None:
        """Forget what was said with ``peer``, or with everyone."""
        name = None if peer is None else get_agent_name(peer)
        for known, history in self._messages.items():
            if name is None or known == name:
                history.clear()  # it stays the one that a turn under way adds to

    def update_system_message(self, system_message: str) -> None:
        """Set the system message."""
        self.system_message = system_message

    def max_consecutive_auto_reply(self, sender: Any = None) -> int:
        """Give the limit of automatic replies in a row, to ``sender`` or in general."""
        if sender is None or self._limits is None:
            return self._plain.limit
        return self._limits.get(get_agent_name(sender), self._plain.limit)

    def update_max_consecutive_auto_reply(self, value: int | None, sender: Any = None) -> None:
        """Set the limit, for one sender or for all of them."""
        limit = checked_limit(value)
        if sender is None:
            self._plain = attrs.evolve(self._plain, limit=limit)
            self._limits = None
        else:
            self._limits = {**(self._limits or {}), get_agent_name(sender): limit}

    def stop_reply_at_receive(self, sender: Any = None) -> None:
        """Do not answer ``sender``, or anyone, until a new conversation is begun with them."""
        if self._muted is None or sender is None:
            self._muted = MutedPeers(everyone=sender is None)
        if sender is not None:
            self._muted.mute(get_agent_name(sender))


class MutedPeers:
    """Whom an agent does not answer."""

    def __init__(self, everyone: bool) -> None:
        self._everyone = everyone
        self._except: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return (name in self._except) != self._everyone

    def mute(self, name: str) -> None:
        """Do not answer ``name``."""
        (self._except.discard if self._everyone else self._except.add)(name)

    def unmute(self, name: str) -> None:
        """Answer ``name`` again."""
        (self._except.add if self._everyone else self._except.discard)(name)


def checked_limit(value: int | None) -> int:
    """Read ``max_consecutive_auto_reply=``."""
    if value is None:
        return DEFAULT_LIMIT
    if type(value) is not int or value < UNLIMITED:
        raise ValueError(
            f"max_consecutive_auto_reply is 0 or more, or -1 for any number, not {value!r}"
        )
    return value
