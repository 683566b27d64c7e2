"""The stop conditions that are given as ``until=``.

They look at the transcript, and compose into trees::

    until=MaxMessages(20) | TextMention("DONE") & SourceMatch("bob")

``&`` binds tighter than ``|``, as everywhere in Python. Wherever a condition is expected, a plain
predicate of the transcript may be given. Every message of the transcript counts, the first one and
those of nested conversations included, as they do for ``max_turns``.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, SupportsIndex

import attrs

from agentcore.protocol.condition import Condition, Memory, Moment, Predicate, as_condition
from agentcore.protocol.external import External

__all__ = [
    "Condition",
    "Elapsed",
    "External",
    "MaxMessages",
    "Predicate",
    "SourceMatch",
    "TextMention",
    "TokenBudget",
    "as_condition",
]


def _whole(what: str, value: SupportsIndex) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{what} is a whole number, not {type(value).__name__}")
    number = operator.index(value)
    if number < 1:
        raise ValueError(f"{what} is 1 or more, not {number}")
    return number


def _names(what: str, values: Iterable[object]) -> tuple[str, ...]:
    names = set()
    for value in values:
        name = value if isinstance(value, str) else getattr(value, "name", None)
        if not isinstance(name, str):
            raise TypeError(f"{what} takes agents or their names, not {type(value).__name__}")
        names.add(name)
    if not names or "" in names:
        raise ValueError(f"{what} takes one name or more, and no empty one")
    return tuple(sorted(names))


def _texts(content: object) -> Iterator[str]:
    """Give each text in a message's content: the str itself, or the texts of its parts."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        yield from _texts(content.get("text"))
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _texts(part)


@attrs.frozen(repr=False, init=False)
class MaxMessages(Condition):
    """Holds once the transcript has ``n`` messages.

    Args:
        n: how many messages, 1 or more.

    Raises:
        TypeError, ValueError: ``n`` is no whole number, or less than 1.

    Examples:
        >>> hello = Entry("alice", "bob", Message("Hello"))
        >>> MaxMessages(2).holds([hello]), MaxMessages(2).holds([hello, hello])
        (None, 'MaxMessages(2)')
    """

    n: int

    def __init__(self, n: SupportsIndex) -> None:
        self.__attrs_init__(_whole("the n of MaxMessages", n))

    def _look(self, memory: Memory, now: Moment) -> Memory:
        return self._held() if now.size >= self.n else None

    def __repr__(self) -> str:
        return f"MaxMessages({self.n})"


@attrs.frozen(repr=False, init=False)
class TextMention(Condition):
    """Holds once a message contains ``text``; upper and lower case differ.

    The first message counts too. So give ``sources`` where the task itself mentions the text.

    Args:
        text: the text to look for.
        sources: an agent, or several, whose messages are looked at; ``None`` for everyone's.

    Raises:
        TypeError, ValueError: ``text`` is no str, or empty; ``sources`` are no agents or names.

    Examples:
        >>> said = [Entry("alice", "bob", Message("Say DONE when you are ready."))]
        >>> TextMention("DONE").holds(said), TextMention("DONE", "bob").holds(said)
        ("TextMention('DONE')", None)
    """

    text: str
    sources: tuple[str, ...] | None

    def __init__(self, text: str, sources: object = None) -> None:
        if not isinstance(text, str):
            raise TypeError(f"the text of TextMention is a str, not {type(text).__name__}")
        if not text:
            raise ValueError("the text of TextMention is empty, and would be in every message")
        names = None
        if isinstance(sources, list | tuple | set | frozenset):
            names = _names("sources= of TextMention", sources)
        elif sources is not None:
            names = _names("sources= of TextMention", (sources,))
        self.__attrs_init__(text, names)

    def _look(self, memory: Memory, now: Moment) -> Memory:
        entry = now.entry
        if entry is None or (self.sources is not None and entry.sender not in self.sources):
            return None
        return self._held() if any(self.text in said for said in _texts(entry.content)) else None

    def __repr__(self) -> str:
        sources = "" if self.sources is None else f", sources={list(self.sources)!r}"
        return f"TextMention({self.text!r}{sources})"


@attrs.frozen(repr=False, init=False)
class SourceMatch(Condition):
    """Holds once one of these agents has said anything to another.

    Calls that a model proposes, and that its agent runs itself, are said to nobody else.

    Args:
        names: agents or their names, one or more.

    Raises:
        TypeError, ValueError: no name is given, or something that is no agent or name.

    Examples:
        >>> SourceMatch("bob").holds([Entry("bob", "alice", Message("Hi"))])
        "SourceMatch('bob')"
    """

    names: tuple[str, ...]

    def __init__(self, *names: object) -> None:
        self.__attrs_init__(_names("SourceMatch", names))

    def _look(self, memory: Memory, now: Moment) -> Memory:
        entry = now.entry
        if entry is None or entry.sender not in self.names or entry.recipient == entry.sender:
            return None
        return self._held()

    def __repr__(self) -> str:
        return f"SourceMatch({', '.join(map(repr, self.names))})"


@attrs.frozen(repr=False, init=False)
class TokenBudget(Condition):
    """Holds once all agents together have used one of the given numbers of tokens.

    It adds up ``message.metadata["usage"]``: a mapping with ``prompt_tokens``,
    ``completion_tokens`` and ``total_tokens``; without a total, the sum of the other two is the
    total. A message without usage counts as 0 tokens.

    Args:
        total, prompt, completion: how many tokens, 1 or more; ``None`` for any number.

    Raises:
        TypeError, ValueError: none is given, or one is no whole number, or less than 1.

    Examples:
        >>> used = {"prompt_tokens": 900, "completion_tokens": 200}
        >>> answer = Entry("bob", "alice", Message("Hi", metadata={"usage": used}))
        >>> TokenBudget(total=1000).holds([answer]), TokenBudget(prompt=1000).holds([answer])
        ('TokenBudget(total=1000)', None)
    """

    total: int | None
    prompt: int | None
    completion: int | None

    def __init__(
        self,
        total: SupportsIndex | None = None,
        prompt: SupportsIndex | None = None,
        completion: SupportsIndex | None = None,
    ) -> None:
        given = {"total": total, "prompt": prompt, "completion": completion}
        if all(value is None for value in given.values()):
            raise ValueError("TokenBudget limits nothing: give total=, prompt= or completion=")
        checked = {
            key: None if value is None else _whole(f"{key}= of TokenBudget", value)
            for key, value in given.items()
        }
        self.__attrs_init__(**checked)

    def start(self) -> Memory:
        return (0, 0, 0)

    def _look(self, memory: Memory, now: Moment) -> Memory:
        usage = now.entry.metadata.get("usage") if now.entry is not None else None
        if isinstance(usage, Mapping):
            prompt = _tokens(usage, "prompt_tokens")
            completion = _tokens(usage, "completion_tokens")
            total = _tokens(usage, "total_tokens") or prompt + completion
            memory = (memory[0] + total, memory[1] + prompt, memory[2] + completion)
        limits = (self.total, self.prompt, self.completion)
        spent = any(
            limit is not None and used >= limit for used, limit in zip(memory, limits, strict=True)
        )
        return self._held() if spent else memory

    def __repr__(self) -> str:
        given = attrs.asdict(self, filter=lambda field, value: value is not None)
        return f"TokenBudget({', '.join(f'{key}={value}' for key, value in given.items())})"


def _tokens(usage: Mapping[Any, Any], key: str) -> float:
    """Give a number of tokens; 0 where it is missing or no number.

    What a model reports may be wrong, and that must not make the condition raise.
    """
    count = usage.get(key)
    # Negative numbers and NaN count as 0 too: they would lower the sum, or make it NaN.
    return count if isinstance(count, int | float) and count > 0 else 0


@attrs.frozen(repr=False, init=False)
class Elapsed(Condition):
    """Holds once ``seconds`` have passed since the conversation began.

    It is checked when a message arrives, and interrupts no turn; ``timeout=`` does that.

    Args:
        seconds: more than 0.

    Raises:
        TypeError, ValueError: ``seconds`` is no number, or not more than 0.

    Examples:
        >>> Elapsed(60).holds([], elapsed=59.0), Elapsed(60).holds([], elapsed=60.0)
        (None, 'Elapsed(60)')
    """

    seconds: float

    def __init__(self, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"Elapsed takes a number of seconds, not {type(seconds).__name__}")
        if not seconds > 0:
            raise ValueError(f"Elapsed takes more than 0 seconds, not {seconds}")
        self.__attrs_init__(seconds)

    def _look(self, memory: Memory, now: Moment) -> Memory:
        return self._held() if now.elapsed >= self.seconds else None

    def __repr__(self) -> str:
        return f"Elapsed({self.seconds})"
