"""The console of this process: printing messages, and asking a human."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from agentcore.protocol.message import Message
from agentcore.protocol.message_text import calls_in_words

__all__ = ["as_shown", "ask_at_console", "asker_of", "question", "write", "writer_of"]

_console = threading.Lock()


def ask_at_console(prompt: str) -> str | None:
    """Ask with ``input``, one question at a time; give ``None`` if the console is closed."""
    with _console:
        if sys.stdin is None or sys.stdin.closed:
            return None
        try:
            return input(prompt)
        except EOFError:
            return None


def question(sender: str, terminal: bool, asks_always: bool) -> str:
    """Give the text of the question that a human is asked.

    Args:
        sender: the name of the agent whose message is to be answered.
        terminal: whether the message would stop the conversation without a human.
        asks_always: whether the agent's mode is ALWAYS.
    """
    if asks_always:
        ending = "Press enter to skip and use auto-reply"
    elif terminal:
        ending = "Press enter to end the conversation"
    else:
        ending = "Press enter to go on with the automatic reply"
    return f"Provide feedback to {sender}. {ending}, or type 'exit' to end the conversation: "


def as_shown(message: Message, sender: str, receiver: str) -> str:
    """Give the text that is printed for a message.

    Examples:
        >>> print(as_shown(Message("Hello"), "alice", "bob"))  # doctest: +NORMALIZE_WHITESPACE
        alice (to bob):
        <BLANKLINE>
        Hello
        <BLANKLINE>
        --------------------------------------------------------------------------------
    """
    content = calls_in_words(message) if message.tool_calls else message.content
    if message.metadata.get("stream"):
        content = "(an answer as a stream)"
    return f"{sender} (to {receiver}):\n\n{content}\n\n{'-' * 80}"


def write(text: str) -> None:
    """Print a text and the end of its line."""
    # In one write, because other threads may print at the same time.
    try:
        print(f"{text}\n", end="", flush=True)
    except UnicodeEncodeError:  # the console lacks a character, or a model wrote half of one
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        print(f"{shown}\n", end="", flush=True)


def writer_of(console: Any) -> Callable[[str], object]:
    """Return the function that prints, of what was given as ``console=`` of `connect`.

    Raises:
        TypeError: it is neither a function of a text nor an object with ``print``.
    """
    if console is None:
        return write
    found = getattr(console, "print", None) or console
    if not callable(found):
        raise TypeError(
            "console= is a function of a text, or an object with print(text) and, for questions to "
            f"a human, input(prompt); not {console!r}"
        )
    return found  # type: ignore[no-any-return]


def asker_of(console: Any) -> Callable[[str], str | None]:
    """Return the function that asks a human: the console's ``input``, or that of this process."""
    found = getattr(console, "input", None)
    return found if callable(found) else ask_at_console
