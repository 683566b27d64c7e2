"""How the conformance tests converse: they ask an agent, read what was said, or wait for a fact."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents.answering import Says

__all__ = ["OVER", "ask", "eventually", "said"]

PATIENCE = 20.0  # seconds; a test that passes needs little of it
OVER = {"content": "fine", "metadata": {"TERMINATE": True}}  # an answer that ends a conversation


def ask(
    recipient: Any, message: Any, user: ConversableAgent | None = None, **options: Any
) -> ChatResult:
    """Begin a conversation with an agent, and wait until it has stopped.

    Args:
        recipient: an agent object, a ref or a name.
        message: the first message.
        user: the agent that begins; by default one that never replies, named ``user``.
        options: further arguments of `initiate_chat`.
    """
    user = user or Says("user", None)
    return user.initiate_chat(recipient, message, silent=True, **options)


def said(result: ChatResult) -> list[Any]:
    """Give the contents of a transcript, nested conversations included."""
    return [entry.content for entry in result.transcript]


def eventually(holds: Callable[[], object]) -> None:
    """Wait until a predicate holds, which asks agents.

    Each question is a turn of an agent, so a backend without threads makes progress, too.
    """
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come to hold"
