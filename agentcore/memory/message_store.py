"""`MessageStore`: messages that a group shares, kept for a while, for any process of a system."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from typing import Any, Unpack

import attrs

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.agent_options import AgentOptions
from agentcore.protocol.message import Message, MessageLike, as_message

__all__ = ["MessageStore", "StoredMessage"]

_DAY = 86_400.0


@attrs.frozen
class StoredMessage:
    """A message of a group.

    Attributes:
        id: its number in the store, from 1: later ones have higher numbers.
        message: what was said.
        sender: who said it; empty if nobody told the store.
        receiver: to whom; empty if nobody told the store.
        time: when it was put into the store, in seconds since 1970.
    """

    id: int
    message: Message
    sender: str = ""
    receiver: str = ""
    time: float = 0.0


class MessageStore(ConversableAgent):
    """Keeps messages by the id of a group, for a while.

    It is an agent without rules, so that one store serves all processes of a system: spawn it once,
    find it by its name, and call its methods, as ``system.agent("message_store").call("get",
    "team")``. The object itself does as well in one process. It keeps messages in memory.

    Args:
        name: unique in its system.
        expires_after: for how many seconds a message is kept; ``None`` for as long as the store is.
        limit: how many messages of a group are kept, the last ones; ``None`` for all.
        clock: tells the time, in seconds.
        options: further arguments of `ConversableAgent`.

    Raises:
        ValueError: a number is not above 0.
    """

    def __init__(
        self,
        name: str = "message_store",
        *,
        expires_after: float | None = _DAY,
        limit: int | None = 10_000,
        clock: Callable[[], float] = time.time,
        **options: Unpack[AgentOptions],
    ) -> None:
        options.setdefault("description", "Keeps messages of groups.")
        super().__init__(name, **options)
        for argument, value in (("expires_after", expires_after), ("limit", limit)):
            if value is not None and not value > 0:
                raise ValueError(f"{argument}= is a number above 0, or None, not {value!r}")
        self._expires_after = expires_after
        self._limit = limit
        self._clock = clock
        self._count = 0
        # The groups in the order of their last messages, so that old ones are found at the front.
        self._groups: OrderedDict[str, deque[StoredMessage]] = OrderedDict()

    def put(
        self, group: str, message: MessageLike, *, sender: str = "", receiver: str = ""
    ) -> StoredMessage:
        """Keep a message of a group.

        Args:
            group: the id of the group, any text.
            message: a text, a dict or a `Message`.
            sender: the name of who said it.
            receiver: the name of whom it was said to.

        Raises:
            TypeError: the id is no text.
            MessageError: it is no message.
        """
        said = as_message(message)
        now = self._clock()
        self._drop_old(now)
        kept = self._groups.setdefault(_checked(group), deque(maxlen=self._limit))
        self._groups.move_to_end(group)
        self._count += 1
        stored = StoredMessage(self._count, said, sender, receiver, now)
        kept.append(stored)
        return stored

    def get(
        self, group: str, *, after: int = 0, limit: int | None = None
    ) -> tuple[StoredMessage, ...]:
        """Return the messages of a group that are not too old, the earliest first.

        Args:
            group: the id of the group. One of which there are no messages has none.
            after: the id of a message: only later ones are returned.
            limit: how many are returned, the last ones; ``None`` for all.

        Raises:
            TypeError: the id is no text.
        """
        self._drop_old(self._clock())
        found = [each for each in self._groups.get(_checked(group), ()) if each.id > after]
        return tuple(islice(found, max(0, len(found) - limit) if limit is not None else 0, None))

    def clear(self, group: str | None = None) -> int:
        """Forget the messages of a group, or of all groups.

        Returns:
            how many were forgotten.
        """
        if group is None:
            gone = sum(map(len, self._groups.values()))
            self._groups.clear()
            return gone
        return len(self._groups.pop(_checked(group), ()))

    def groups(self) -> tuple[str, ...]:
        """Return the ids of the groups of which there are messages, the least recent first."""
        self._drop_old(self._clock())
        return tuple(self._groups)

    def _drop_old(self, now: float) -> None:
        """Drop the messages that are too old, and those alone."""
        if self._expires_after is None:
            return
        oldest = now - self._expires_after
        while self._groups:
            group, kept = next(iter(self._groups.items()))
            if kept[-1].time >= oldest:
                break
            del self._groups[group]
        for kept in self._groups.values():
            while kept[0].time < oldest:
                kept.popleft()


def _checked(group: Any) -> str:
    if not isinstance(group, str) or not group:
        raise TypeError(f"the id of a group is a text, not {group!r:.100}")
    return group
