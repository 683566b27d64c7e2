"""The memory of an agent: its histories, its limits of automatic replies, and muted peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.protocol.envelope import Envelope
from agentcore.protocol.handoff_trail import HandoffTrail
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.state import UNLIMITED, HumanMode, Received
from agentcore.protocol.transcript import TERMINATE, TERMINATION_MESSAGE

__all__ = ["DEFAULT_LIMIT", "AgentMemory", "checked_limit"]

DEFAULT_LIMIT = 100


class AgentMemory:
    """The histories of one agent, its limits of automatic replies, and the peers that it muted.

    Args:
        limit: automatic replies in a row, -1 for any number.
        mode: when a human is asked.
        is_termination: whether a message stops the conversation; ``None`` for those whose content
            ends with ``TERMINATE``.

    Attributes:
        histories: the histories, by the name of the peer.
        plain: the event for the state machine that most messages are; they share one object.
        muted: the peers that the agent does not answer; ``None`` if it muted nobody yet.
        trail: the handoffs of conversations that the agent began; ``None`` if there were none.
    """

    __slots__ = ("_is_termination", "_limits", "histories", "muted", "plain", "trail")

    def __init__(
        self, limit: int, mode: HumanMode, is_termination: Callable[[Message], Any] | None
    ) -> None:
        self._is_termination = is_termination
        self._limits: dict[str, int] | None = None  # those of single peers
        self.histories: dict[str, History] = {}
        self.plain = Received(limit, mode)
        self.muted: MutedPeers | None = None
        self.trail: HandoffTrail | None = None

    def receive(self, envelope: Envelope, history: History, condition: str) -> Received:
        """Record a message in a history, and give the event for the state machine.

        Args:
            history: the history with the sender.
            condition: the ``until=`` condition that holds at this message, in words; else empty.
        """
        message, conversation = envelope.message, envelope.conversation
        if envelope.opening and conversation.fresh:
            history.clear()
            if self.muted is not None:
                self.muted.unmute(conversation.initiator.name)
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
        elif self._is_termination is None:
            content = message.content
            if type(content) is str and content.rstrip().endswith("TERMINATE"):
                terminal = TERMINATION_MESSAGE
        elif self._is_termination(message):
            terminal = TERMINATION_MESSAGE
        plain = self.plain
        particular = self._limits is not None or self.muted is not None
        if terminal is None and not condition and conversation.wanted and not particular:
            return plain
        name = envelope.sender.name
        return attrs.evolve(
            plain,
            limit=self.limit_for(name),
            terminal=terminal,
            condition=bool(condition),
            wanted=conversation.wanted and not (self.muted is not None and name in self.muted),
        )

    def history_with(self, name: str) -> History:
        """Give the history with a peer; make an empty one if there is none."""
        history = self.histories.get(name)
        if history is None:
            history = self.histories[name] = History()
        return history

    @contextmanager
    def recording(self, name: str, message: Message, fresh: bool) -> Iterator[None]:
        """Record a message to a peer while it is sent; if the block raises, restore the history.

        Args:
            name: the peer.
            fresh: whether the history with that peer is cleared first.
        """
        known = name in self.histories
        history = self.history_with(name)
        said, mine = history.said, history.mine  # `clear` replaces these lists, and keeps them
        if fresh:
            history.clear()
            if self.muted is not None:
                self.muted.unmute(name)
        history.record(message.isolated() if message.opaque else message, True)
        try:
            yield
        except BaseException:
            history.forget_last()
            history.said, history.mine = said, mine
            if not known:
                del self.histories[name]
            raise

    def clear(self, name: str | None) -> None:
        """Clear the history with a peer, or all histories."""
        if self.trail is not None:
            self.trail.forget(name)
        for known, history in self.histories.items():
            if name is None or known == name:
                history.clear()  # not replaced: a turn under way may hold the object and add to it

    def limit_for(self, name: str | None) -> int:
        """Give the limit of automatic replies in a row to a peer, or the general limit."""
        limits = self._limits or {}
        return self.plain.limit if name is None else limits.get(name, self.plain.limit)

    def set_limit(self, limit: int, name: str | None) -> None:
        """Set the limit for one peer; ``None`` sets the general limit, and removes all others."""
        if name is None:
            self.plain = attrs.evolve(self.plain, limit=limit)
            self._limits = None
        else:
            self._limits = {**(self._limits or {}), name: limit}

    def mute(self, name: str | None) -> None:
        """Stop answering a peer, or everyone."""
        if self.muted is None or name is None:
            self.muted = MutedPeers(everyone=name is None)
        if name is not None:
            self.muted.mute(name)


class MutedPeers:
    """The names of peers that an agent does not answer: some, or everyone with exceptions."""

    def __init__(self, everyone: bool) -> None:
        self._everyone = everyone
        self._except: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return (name in self._except) != self._everyone

    def mute(self, name: str) -> None:
        """Stop answering ``name``."""
        (self._except.discard if self._everyone else self._except.add)(name)

    def unmute(self, name: str) -> None:
        """Answer ``name`` again."""
        (self._except.add if self._everyone else self._except.discard)(name)


def checked_limit(value: int | None) -> int:
    """Give the limit that ``max_consecutive_auto_reply=`` means: the default for ``None``.

    Raises:
        ValueError: it is neither ``None`` nor a whole number, -1 or more.
    """
    if value is None:
        return DEFAULT_LIMIT
    if type(value) is not int or value < UNLIMITED:
        raise ValueError(
            f"max_consecutive_auto_reply is 0 or more, or -1 for any number, not {value!r}"
        )
    return value
