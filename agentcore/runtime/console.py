"""The console: where people read what is said, and are asked."""

from __future__ import annotations

import sys
import threading

from agentcore.protocol.message import Message, calls_in_words

__all__ = ["as_shown", "ask_at_console", "question", "write"]

_console = threading.Lock()


def ask_at_console(prompt: str) -> str | None:
    """Ask with ``input``, one question at a time; ``None`` when the console is closed."""
    with _console:
        if sys.stdin is None or sys.stdin.closed:
            return None
        try:
            return input(prompt)
        except EOFError:
            return None


def question(sender: str, terminal: bool, asks_always: bool) -> str:
    """Word what a human is asked, as the lineage does."""
    if asks_always:
        ending = "Press enter to skip and use auto-reply"
    elif terminal:
        ending = "Press enter to end the conversation"
    else:
        ending = "Press enter to go on with the automatic reply"
    return f"Provide feedback to {sender}. {ending}, or type 'exit' to end the conversation: "


def as_shown(message: Message, sender: str, receiver: str) -> str:
    """Word a message that was received as the documented sample shows it."""
    content = calls_in_words(message) if message.tool_calls else message.content
    if message.metadata.get("stream"):
        content = "(an answer as a stream)"
    return f"{sender} (to {receiver}):\n\n{content}\n\n{'-' * 80}"


def write(text: str) -> None:
    """Write to the console in one piece."""
    print(f"{text}\n", end="", flush=True)  # one write: others write at the same time
