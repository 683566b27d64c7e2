"""An agent's own record of what it and one peer said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from agentcore.protocol.message import Message

__all__ = ["History"]


class History(Sequence[Message]):
    """What an agent and one peer said, in order; read-only to everyone but its agent's turns.

    The agent's own words have the role ``assistant``, the peer's ``user``, unless a message has
    a role of its own. One `Message` serves both agents' histories: who spoke is kept beside it.

    Attributes:
        said: the messages as they were said; turns alone add to it, and to ``mine`` with it.
        mine: for each of them, whether the agent itself said it.
    """

    __slots__ = ("mine", "said")

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.mine = bytearray()

    def record(self, message: Message, mine: bool) -> None:
        """Add a message."""
        self.said.append(message)
        self.mine.append(mine)

    def forget_last(self) -> None:
        """Take the last message back: it could not be delivered."""
        self.said.pop()
        self.mine.pop()

    def forget(self, message: Message) -> None:
        """Forget what the agent said, and could not be delivered; others may have spoken since."""
        for index in range(len(self.said) - 1, -1, -1):
            if self.mine[index] and self.said[index] == message:
                del self.said[index], self.mine[index]
                return

    def clear(self) -> None:
        """Forget everything."""
        self.said = []
        self.mine = bytearray()

    def copy(self) -> History:
        """Give a copy that later messages do not reach."""
        return _restore(self.said, bytes(self.mine))

    def _at(self, index: int) -> Message:
        message = self.said[index]
        role = "assistant" if self.mine[index] else "user"
        # What is passed on from a history may come as ``assistant``: that is not its own role.
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
