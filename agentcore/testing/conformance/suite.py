"""What the parts of the conformance suite share."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents import Says

__all__ = ["ask", "eventually", "interruptible", "said"]

PATIENCE = 20.0  # seconds; only what fails takes any of it


def ask(
    recipient: Any, message: Any, user: ConversableAgent | None = None, **options: Any
) -> ChatResult:
    """Let a user, who answers nothing, begin a conversation."""
    user = user or Says("user", None)
    return user.initiate_chat(recipient, message, silent=True, **options)


def said(result: ChatResult) -> list[Any]:
    """Give the contents of a transcript, nested conversations included."""
    return [entry.content for entry in result.transcript]


def eventually(holds: Callable[[], bool]) -> None:
    """Ask until it holds. Each question is a turn, and lets a backend without threads go on."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come to hold"


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise here, and in programs begun here, also where a shell has it ignored.

    Python installs no handler in a process that is started with SIGINT ignored, as shells start
    what runs in the background.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
