"""The memory of an agent: its histories, its limits of automatic replies, and muted peers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.agents.history_limit import NO_LIMIT, HistoryLimit
from agentcore.protocol.address import name_of
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.envelope import Envelope
from agentcore.protocol.handoff_trail import HandoffTrail
from agentcore.protocol.history import History
from agentcore.protocol.message import Message
from agentcore.protocol.state import UNLIMITED, HumanMode, Received
from agentcore.protocol.stop import TERMINATE, TERMINATION_MESSAGE
from agentcore.protocol.usage import NO_USAGE, Usage

__all__ = ["DEFAULT_LIMIT", "AgentMemory", "checked_limit"]

DEFAULT_LIMIT = 100
_charging = threading.Lock()
# What ends a conversation, at the end of a text or as a key of its metadata; as in Byzer-Agent.
TERMINATORS = ("TERMINATE", "终止")


class AgentMemory:
    """The histories of one agent, its limits of automatic replies, and the peers that it muted.

    Args:
        limit: automatic replies in a row, -1 for any number.
        mode: when a human is asked.
        is_termination: whether a message stops the conversation; ``None`` for those whose content
            ends with ``TERMINATE`` or ``终止``.
        history_limit: how many histories there are, and how many messages each has.

    Attributes:
        histories: the histories, by the key of the peer's ref.
        plain: the event for the state machine that most messages are; they share one object.
        muted: the peers that the agent does not answer; ``None`` if it muted nobody yet.
        usage: the tokens that its models used.
        trail: the handoffs of conversations that the agent began; ``None`` if there were none.
    """

    __slots__ = (
        "_given",
        "_history_limit",
        "_is_termination",
        "_limits",
        "_recency",
        "histories",
        "muted",
        "plain",
        "trail",
        "usage",
    )

    def __init__(
        self,
        limit: int,
        mode: HumanMode,
        is_termination: Callable[[Message], Any] | None,
        history_limit: HistoryLimit = NO_LIMIT,
    ) -> None:
        self._history_limit = history_limit
        self._given: set[str] | None = None  # names of peers whose histories were given
        self._is_termination = is_termination
        self._limits: dict[str, int] | None = None  # those of single peers
        # With a limit of peers, the histories in the order in which they were used.
        self._recency: OrderedDict[str, History] | None = None
        if history_limit.peers is not None:
            self._recency = OrderedDict()
        self.histories: dict[str, History] = {} if self._recency is None else self._recency
        self.plain = Received(limit, mode)
        self.muted: MutedPeers | None = None
        self.usage = NO_USAGE
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
                self.muted.unmute(conversation.initiator.key)
        route = envelope.route
        if route is None:
            history.said.append(message)
            history.mine.append(False)
        else:
            new = route.earlier if route.again else (*route.earlier, message)
            history.said.extend(new)
            if route.earlier:  # of a group that goes on it may have said some itself
                own = conversation.recipient.name
                history.mine.extend(each.name == own for each in new)
            else:
                history.mine.extend(bytes(len(new)))
        if history.limit:
            history.trim()
        if self._recency is not None and envelope.sender.key in self._recency:
            self._recency.move_to_end(envelope.sender.key)
        terminal = None
        if message.metadata and any(map(message.metadata.get, TERMINATORS)):
            terminal = TERMINATE
        elif self._is_termination is None:
            content = message.content
            if type(content) is str and content.rstrip().endswith(TERMINATORS):
                terminal = TERMINATION_MESSAGE
        elif self._is_termination(message):
            terminal = TERMINATION_MESSAGE
        plain = self.plain
        particular = self._limits is not None or self.muted is not None
        if terminal is None and not condition and conversation.wanted and not particular:
            return plain
        sender = envelope.sender
        return attrs.evolve(
            plain,
            limit=self.limit_for(sender.key, sender.name),
            terminal=terminal,
            condition=bool(condition),
            wanted=conversation.wanted and not (self.muted is not None and sender in self.muted),
        )

    def history_with(self, key: str) -> History:
        """Give the history with a peer; make an empty one if there is none.

        If there is one too many then, the one that was used least recently is forgotten.
        """
        history = self.histories.get(key)
        if history is None:
            history = self.histories[key] = self._new_history(key)
        if self._recency is not None:
            self._recency.move_to_end(key)
            if len(self._recency) > (self._history_limit.peers or 0):
                self._recency.popitem(last=False)
        return history

    def give(self, key: str, history: History) -> None:
        """Take over a history from elsewhere, such as a saved one.

        Args:
            key: of the peer. If it is a name, the first agent object of the name goes on with it:
                the address that the object will have is not known yet.
        """
        self.history_with(key).replace(history)
        if name_of(key) == key:
            self._given = (self._given or set()) | {key}

    def _new_history(self, key: str) -> History:
        name = name_of(key)
        if self._given is not None and name != key and name in self._given:
            self._given.discard(name)
            given = self.histories.pop(name, None)
            if given is not None:
                return given
        return History(self._history_limit.messages or 0)

    @contextmanager
    def recording(self, key: str, message: Message, fresh: bool) -> Iterator[Callable[[], None]]:
        """Record a message to a peer while it is sent; if the block raises, restore the history.

        The block gets a function that restores it later, because another process may say only then
        that the message could not be delivered. What was recorded meanwhile stays.

        Args:
            key: that of the peer.
            fresh: whether the history with that peer is cleared first.
        """
        known = key in self.histories
        history = self.history_with(key)
        # `clear` and `trim` replace these lists, and keep them as they are.
        said, mine, count = history.said, history.mine, len(history.said)
        if fresh:
            history.clear()
            if self.muted is not None:
                self.muted.unmute(key)
        recorded = message.isolated() if message.opaque else message
        history.record(recorded, True)

        def undo() -> None:
            if not history.forget(recorded):
                return  # it was cleared meanwhile
            if fresh:
                history.said, history.mine = said + history.said, mine + history.mine
            if not known and not history.said:
                self.histories.pop(key, None)

        try:
            yield undo
        except BaseException:
            del said[count:], mine[count:]
            history.said, history.mine = said, mine
            if not known and not count:
                del self.histories[key]
            raise

    def charge(self, usage: Usage) -> None:
        """Add tokens that a model of the agent used."""
        with _charging:  # streams end on the event loop, whatever turn the agent takes then
            self.usage += usage

    def forget(self, key: str | None) -> None:
        """Forget a peer, or everyone: the history, and whether the peer is answered."""
        if key is None:
            self.histories.clear()
            self.muted = self._given = None
        else:
            self.histories.pop(key, None)
            if self.muted is not None:
                self.muted.unmute(key)
            if self._limits is not None:
                self._limits.pop(key, None)

    def clear(self, key: str | None) -> None:
        """Clear the history with a peer, or all histories."""
        if self.trail is not None:
            self.trail.forget(key)
        for known, history in self.histories.items():
            if key is None or known == key:
                history.clear()  # not replaced: a turn under way may hold the object and add to it

    def limit_for(self, *peer: str) -> int:
        """Give the limit of automatic replies in a row to a peer, or the general limit.

        Args:
            peer: its key, and its name, for which the limit may have been set in general.
        """
        limits = self._limits or {}
        return next((limits[each] for each in peer if each in limits), self.plain.limit)

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

    def __contains__(self, peer: AgentRef) -> bool:
        return (peer.key in self._except or peer.name in self._except) != self._everyone

    def mute(self, name: str) -> None:
        """Stop answering ``name``."""
        (self._except.discard if self._everyone else self._except.add)(name)

    def unmute(self, key: str) -> None:
        """Answer the peer of this key again."""
        if self._everyone:
            self._except.add(key)
        else:
            self._except -= {key, name_of(key)}


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
