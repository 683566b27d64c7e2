"""An agent's own record of what it and one peer said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from agentcore.protocol.message import Message

__all__ = ["History"]


class History(Sequence[Message]):
    """What an agent and one peer said to each other, in order.

    Reading it gives the agent's own messages with the role ``assistant`` and the peer's with
    ``user``, unless a message has a role of its own (``tool``, ``system``). Only turns of the agent
    add to it.

    One `Message` object is in the histories of both agents, to save memory. So the roles are not
    in the messages: ``mine`` says beside each who spoke.

    Attributes:
        said: the messages as they were sent, whatever their role.
        mine: one byte for each message: 1 if the agent itself said it, 0 if the peer did.

    Examples:
        >>> history = History()
        >>> history.record(Message("What is 6 x 7?"), mine=False)
        >>> history.record(Message("42"), mine=True)
        >>> [(message.role, message.content) for message in history]
        [('user', 'What is 6 x 7?'), ('assistant', '42')]
    """

    __slots__ = ("mine", "said")

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.mine = bytearray()

    def record(self, message: Message, mine: bool) -> None:
        """Add a message; ``mine`` says whether the agent itself said it."""
        self.said.append(message)
        self.mine.append(mine)

    def forget_last(self) -> None:
        """Remove the last message, because it could not be delivered."""
        self.said.pop()
        self.mine.pop()

    def forget(self, message: Message) -> bool:
        """Remove a message of the agent's own that could not be delivered.

        It need not be the last one: the peer may have said something since.

        Returns:
            whether it was there.
        """
        for index in range(len(self.said) - 1, -1, -1):
            said = self.said[index]
            if self.mine[index] and (said is message or said == message):
                del self.said[index], self.mine[index]
                return True
        return False

    def clear(self) -> None:
        """Remove all messages."""
        self.said = []
        self.mine = bytearray()

    def copy(self) -> History:
        """Give a copy, which later messages are not added to."""
        return _restore(self.said, bytes(self.mine))

    def _at(self, index: int) -> Message:
        message = self.said[index]
        role = "assistant" if self.mine[index] else "user"
        # A message that was taken from a history and sent on may have the role ``assistant`` or
        # ``user`` from there: such a role says nothing about who speaks here.
        if message.role == role or message.role not in ("assistant", "user"):
            return message
        return message.as_role(role)

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        if isinstance(index, slice):
            return [self._at(i) for i in range(*index.indices(len(self.said)))]
        return self._at(index)

    def __len__(self) -> int:
        return len(self.said)

    def __iter__(self) -> Iterator[Message]:
        return (self._at(index) for index in range(len(self.said)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"History({list(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.said, bytes(self.mine))


def _restore(said: list[Message], mine: bytes) -> History:
    history = History()
    history.said = list(said)
    history.mine = bytearray(mine)
    return history
