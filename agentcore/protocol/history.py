"""An agent's own record of what it and one peer said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from agentcore.base.plain_data import Default, plain_data
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.saved_messages import saved_messages

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

    def forget(self, message: Message) -> None:
        """Remove a message of the agent's own that could not be delivered.

        It need not be the last one: the peer may have said something since.
        """
        for index in range(len(self.said) - 1, -1, -1):
            if self.mine[index] and self.said[index] == message:
                del self.said[index], self.mine[index]
                return

    def clear(self) -> None:
        """Remove all messages."""
        self.said = []
        self.mine = bytearray()

    def copy(self) -> History:
        """Give a copy, which later messages are not added to."""
        return _restore(self.said, bytes(self.mine))

    # --- as JSON --------------------------------------------------------------------------------

    def to_dicts(self, default: Default | None = None) -> list[dict[str, Any]]:
        """Return the messages as plain dicts, which JSON has and which may be changed.

        The agent's own words have the role ``assistant``, its peer's ``user``.

        Args:
            default: gives something in place of a value that JSON does not have, as of
                `json.dumps`.

        Raises:
            MessageTypeError: there is such a value; the text says where.
        """
        plain: list[dict[str, Any]] = plain_data([dict(each) for each in self], "$", default)
        return plain

    def to_json(self, *, indent: int | None = None, default: Default | None = None) -> str:
        """Return the messages as a JSON text, which `from_json` reads.

        Args:
            indent: as of `json.dumps`: how far the lines of a value are moved in.
            default: as of `to_dicts`, which also raises what this raises.

        Examples:
            >>> history = History.from_json([{"role": "assistant", "content": "42"}])
            >>> history.to_json()
            '[{"content": "42", "role": "assistant", "metadata": {}}]'
        """
        return json.dumps(self.to_dicts(default), indent=indent)

    @staticmethod
    def from_json(saved: str | Iterable[MessageLike], whose: str = "a history") -> History:
        """Return a history of what was saved.

        Args:
            saved: what `to_json` or `to_dicts` returned, or any list of messages in which the
                agent's own have the role ``assistant``.
            whose: what it is, in words for the errors.

        Raises:
            MessageError: it is no list of messages; the text says which message is wrong.
        """
        if isinstance(saved, History):
            return saved.copy()
        said = saved_messages(saved, whose)
        return _restore(said, bytes(each.role in ("assistant", "tool") for each in said))

    def replace(self, saved: History) -> None:
        """Put the messages of another history in place of those of this one."""
        self.said, self.mine = list(saved.said), bytearray(saved.mine)

    # --- as a sequence --------------------------------------------------------------------------

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
