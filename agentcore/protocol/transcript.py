"""What a conversation leaves behind: its messages, and why it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import calls_in_words, text_of_content
from agentcore.protocol.sequence_diagram import sequence_diagram
from agentcore.protocol.stop import StopReason
from agentcore.protocol.usage import NO_USAGE, Usage, usage_of

__all__ = [
    "ChatResult",
    "Entry",
    "Transcript",
    "chat_result",
    "deeper",
    "new_entry",
]


@attrs.frozen
class Entry(Mapping[str, Any]):
    """One message of a transcript: a read-only mapping, with the keys of the message and its own.

    Attributes:
        sender, recipient: names of agents.
        message: what was said.
        depth: 0 in the conversation itself, 1 in one that a turn of it began, and so on.

    Examples:
        >>> entry = Entry("alice", "bob", Message("Hello"))
        >>> entry["sender"], entry.content
        ('alice', 'Hello')
        >>> print(entry)
        alice > bob: Hello
    """

    sender: str
    recipient: str
    message: Message
    depth: int = 0

    @property
    def content(self) -> Any:
        """The message's content."""
        return self.message.content

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The message's metadata."""
        return self.message.metadata

    def __getitem__(self, key: str) -> Any:
        if key in ("sender", "recipient", "depth"):
            return getattr(self, key)
        return self.message[key]

    def __iter__(self) -> Iterator[str]:
        yield from ("sender", "recipient", "depth")
        yield from self.message

    def __len__(self) -> int:
        return 3 + len(self.message)

    def __str__(self) -> str:
        said = calls_in_words(self.message) if self.message.tool_calls else self.content
        return f"{'    ' * self.depth}{self.sender} > {self.recipient}: {said}"


new_entry = fast_constructor(Entry)


def deeper(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give the entries with a depth of one more, for the transcript of the outer conversation."""
    return tuple([new_entry(e.sender, e.recipient, e.message, e.depth + 1) for e in entries])


class Transcript(Sequence[Entry]):
    """The messages of a conversation, those of nested conversations included, in order.

    A sequence of `Entry`. Internally it holds the two agents' own messages without sender and
    recipient, because they speak alternately, and makes the entries when they are first looked at:
    that halves the memory of a long conversation.

    Examples:
        >>> said = Transcript("alice", "bob", [Message("What is 6 x 7?"), Message("42")])
        >>> [(entry.sender, entry.content) for entry in said]
        [('alice', 'What is 6 x 7?'), ('bob', '42')]
        >>> print(said[-1])
        bob > alice: 42
    """

    __slots__ = ("_entries", "_items", "_names")

    def __init__(self, first: str, second: str, items: Sequence[Message | Entry]) -> None:
        self._names = (first, second)
        self._items = items
        self._entries: Sequence[Entry] | None = None

    @property
    def initiator(self) -> str:
        """The name of the agent that began the conversation."""
        return self._names[0]

    def closed(self) -> Transcript:
        """Give a copy, which later messages are not added to."""
        return Transcript(*self._names, tuple(self._items))

    def last_said(self) -> Message | None:
        """Give the last message that is not nested; ``None`` if there is none."""
        for item in reversed(self._items):
            if type(item) is not Entry:
                return item  # type: ignore[return-value]
            if item.depth == 0:
                return item.message
        return None

    def to_mermaid(self, *, width: int | None = 60) -> str:
        """Return a sequence diagram of it, as text for Mermaid, which Markdown pages can show.

        Args:
            width: of how many characters of a message are shown; ``None`` for all.

        Raises:
            ValueError: ``width`` is not 1 or more.

        Examples:
            >>> print(Transcript("alice", "bob", [Message("6 x 7?"), Message("42")]).to_mermaid())
            sequenceDiagram
                participant a0 as alice
                participant a1 as bob
                a0->>a1: 6 x 7?
                a1->>a0: 42
        """
        return sequence_diagram(((e.sender, e.recipient, e.message, e.depth) for e in self), width)

    def _made(self) -> Sequence[Entry]:
        if self._entries is None or len(self._entries) != len(self._items):
            entries = []
            own = 0
            for item in self._items:
                if type(item) is Entry:
                    entries.append(item)
                    own += item.depth == 0
                else:
                    sender, recipient = self._names[own % 2], self._names[1 - own % 2]
                    entries.append(Entry(sender, recipient, item))  # type: ignore[arg-type]
                    own += 1
            self._entries = entries
        return self._entries

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        found = self._made()[index]
        return tuple(found) if isinstance(found, list) else found  # type: ignore[return-value]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self._made()))

    def __repr__(self) -> str:
        return f"Transcript({list(self._made())!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Transcript, (*self._names, tuple(self._items))


@attrs.frozen
class ChatResult:
    """A conversation that has stopped.

    Attributes:
        transcript: every message, those of nested conversations included, in order.
        stop: why it stopped.
        summary_usage: the tokens that the model used which made the summary.
    """

    transcript: Transcript
    stop: StopReason
    _summary: str | None = attrs.field(default=None, alias="summary")
    summary_usage: Usage = NO_USAGE

    @property
    def summary(self) -> str:
        """What came of it, by the ``summary_method=`` of its chat.

        By default that is the text of its last message, without the word ``TERMINATE``.
        """
        if self._summary is not None:
            return self._summary
        last = self.last_message
        text = "" if last is None else text_of_content(last.content)
        return text.replace("TERMINATE", "").strip() if "TERMINATE" in text else text

    @property
    def usage(self) -> Usage:
        """The tokens that models used in it, in conversations nested in it, and for its summary."""
        said = (usage_of(entry.metadata) for entry in self.transcript)
        return sum(said, self.summary_usage)

    @property
    def last_message(self) -> Message | None:
        """The last message of the conversation itself; ``None`` if none was delivered."""
        return self.transcript.last_said()

    @property
    def agent(self) -> str:
        """The name of the agent that the initiator's next message goes to.

        That is the one that it began with, unless that handed the conversation off. The next
        message of the same session goes to that agent, too: with ``clear_history=False``, to
        whichever of them it is addressed.
        """
        for entry in reversed(self.transcript):
            if entry.depth == 0:
                first = self.transcript.initiator
                return entry.sender if entry.recipient == first else entry.recipient
        return ""

    @property
    def turns(self) -> int:
        """How many messages were received, in the conversation and in those nested in it."""
        return len(self.transcript)


chat_result = fast_constructor(ChatResult)
