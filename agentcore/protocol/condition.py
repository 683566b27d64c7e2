"""The base class of stop conditions, and their composition with ``|`` and ``&``."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import attrs

from agentcore.protocol.transcript import Entry

__all__ = ["AllOf", "AnyOf", "Condition", "Held", "Memory", "Moment", "Predicate", "as_condition"]

Memory = Any  # what a condition remembers from message to message: immutable, of a type of its own
Test = Callable[[Sequence[Entry]], object]  # a plain predicate of the transcript


@attrs.frozen
class Held:
    """The memory of a condition that has come to hold; it never changes again.

    Attributes:
        words: the condition, in words.
    """

    words: str


class Moment(NamedTuple):
    """What a condition looks at after one message.

    Attributes:
        transcript: the messages up to this one; it may already have later ones.
        size: how many messages there were, this one included.
        entry: this message; ``None`` if only time has passed.
        elapsed: seconds since the conversation began.
    """

    transcript: Sequence[Entry]
    size: int
    entry: Entry | None
    elapsed: float


class Condition(ABC):
    """What may stop a conversation: an immutable value, given as ``until=``.

    Laws, for any conditions ``a``, ``b``, ``c`` and any transcript, each of them tested:

    - monotone: what holds for a transcript holds for all that it may grow into;
    - ``a | b`` comes to hold at the earlier of the two, ``a & b`` at the later: ``&`` does not
      ask that both come to hold at the same message;
    - associative: ``(a | b) | c == a | (b | c)``, and the same of ``&``;
    - commutative: ``a | b`` holds whenever ``b | a`` does, and the same of ``&``; which of two
      names is said, or said first, may differ;
    - one by one or all at once: `advance` over any split of a transcript ends where `holds` does.

    Examples:
        >>> until = MaxMessages(20) | TextMention("DONE") & SourceMatch("bob")
        >>> until
        MaxMessages(20) | TextMention('DONE') & SourceMatch('bob')
        >>> until.holds([Entry("bob", "alice", Message("I am DONE."))])
        "TextMention('DONE') & SourceMatch('bob')"
    """

    __slots__ = ()

    def holds(self, transcript: Sequence[Entry], elapsed: float = 0.0) -> str | None:
        """Give the condition that holds, in words (``"MaxMessages(20)"``); ``None`` if none does.

        Args:
            transcript: the messages so far, in order.
            elapsed: seconds since the conversation began.
        """
        return self.advance(self.start(), transcript, transcript, elapsed)[1]

    def start(self) -> Memory:
        """Give the memory that a conversation begins with: an immutable value."""
        return None

    def advance(
        self, memory: Memory, transcript: Sequence[Entry], new: Sequence[Entry], elapsed: float
    ) -> tuple[Memory, str | None]:
        """Look at new messages only, so that a long transcript is not read at each message.

        Args:
            memory: what `start`, or the call before this one, returned.
            transcript: the messages so far, the new ones included.
            new: those that came since the call before this one. If it is empty, conditions that
                depend on the clock or on `External` are still checked.
            elapsed: seconds since the conversation began.

        Returns:
            the next memory, and what `holds` would return.
        """
        size = len(transcript) - len(new)
        for entry in new or (None,):
            if type(memory) is Held:
                break
            size += entry is not None
            memory = self._look(memory, Moment(transcript, size, entry, elapsed))
        return memory, memory.words if type(memory) is Held else None

    @abstractmethod
    def _look(self, memory: Memory, now: Moment) -> Memory:
        """Give the next memory, ``Held`` if it holds now; not called again once it has held."""

    def _held(self) -> Held:
        return Held(repr(self))

    def __or__(self, other: Condition | Test) -> Condition:
        return AnyOf.of(self, other)

    def __ror__(self, other: Test) -> Condition:
        return AnyOf.of(other, self)

    def __and__(self, other: Condition | Test) -> Condition:
        return AllOf.of(self, other)

    def __rand__(self, other: Test) -> Condition:
        return AllOf.of(other, self)

    def __bool__(self) -> NoReturn:
        # Without this, ``a or b`` would silently be ``a``.
        raise TypeError("a condition is neither true nor false: compose with | and &, not or, and")


@attrs.frozen(repr=False)
class _Tree(Condition):
    """Conditions under one operator.

    A part under the same operator is replaced by its own parts, which makes it associative.
    """

    parts: tuple[Condition, ...]

    @classmethod
    def of(cls, *values: Condition | Test) -> Condition:
        """Compose conditions and plain predicates.

        Raises:
            TypeError: one is neither.
        """
        parts: list[Condition] = []
        for condition in map(as_condition, values):
            parts.extend(condition.parts if isinstance(condition, cls) else (condition,))
        return cls(tuple(parts))

    def start(self) -> Memory:
        return tuple(part.start() for part in self.parts)


class AnyOf(_Tree):
    """``a | b``: holds as soon as one part does, and names that part."""

    __slots__ = ()

    def _look(self, memory: Memory, now: Moment) -> Memory:
        memories = []
        for part, before in zip(self.parts, memory, strict=True):
            after = part._look(before, now)
            if type(after) is Held:
                return after
            memories.append(after)
        return tuple(memories)

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.parts))


class AllOf(_Tree):
    """``a & b``: holds as soon as every part has come to hold, each at its own message."""

    __slots__ = ()

    def _look(self, memory: Memory, now: Moment) -> Memory:
        memories = tuple(
            before if type(before) is Held else part._look(before, now)
            for part, before in zip(self.parts, memory, strict=True)
        )
        if all(type(after) is Held for after in memories):
            return Held(" & ".join(after.words for after in memories))
        return memories

    def __repr__(self) -> str:
        return " & ".join(f"({p!r})" if isinstance(p, AnyOf) else repr(p) for p in self.parts)


@attrs.frozen(repr=False)
class Predicate(Condition):
    """Holds once ``function(transcript)`` is true; it is called after every message.

    An exception of it fails the conversation. It can be pickled if ``function`` can.
    """

    function: Test

    def _look(self, memory: Memory, now: Moment) -> Memory:
        if now.entry is None:
            return None  # the transcript has not changed since the last call
        whole = now.size == len(now.transcript)
        seen = now.transcript if whole else now.transcript[: now.size]
        return self._held() if self.function(seen) else None

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        code = getattr(self.function, "__code__", None)
        line = f" of line {code.co_firstlineno}" if name == "<lambda>" and code else ""
        return f"Predicate({name}{line})"


def as_condition(value: Condition | Test) -> Condition:
    """Give ``value`` if it is a condition, and a `Predicate` if it is a function.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, Condition):
        return value
    if isinstance(value, type):
        raise TypeError(f"until= takes a condition, not its class: write {value.__name__}(...)")
    if not callable(value):
        raise TypeError(
            "a stop condition is MaxMessages(20), TextMention('DONE') or the like, or a function "
            f"of the transcript, not {type(value).__name__}"
        )
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(type(value).__call__):
        raise TypeError("a stop condition looks at the transcript only: write def, not async def")
    return Predicate(value)
