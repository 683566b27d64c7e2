"""The console of this process: printing messages, and asking a human."""

from __future__ import annotations

import sys
import threading

from agentcore.protocol.message import Message, calls_in_words

__all__ = ["as_shown", "ask_at_console", "question", "write"]

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
