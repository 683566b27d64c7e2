"""What a rule returns, read in one way in conversations and outside of them."""

from __future__ import annotations

from typing import Any

from agentcore.protocol.chat_errors import ReplyTypeError
from agentcore.protocol.message import Message, as_message

__all__ = ["as_reply", "is_rule_result", "no_reply_error", "no_text_error"]


def is_rule_result(result: Any) -> bool:
    """Say whether what a rule returned is ``(final, reply)``."""
    return type(result) is tuple and len(result) == 2 and type(result[0]) is bool


def as_reply(reply: Any, agent: str, rule: str) -> Message:
    """Make the message that a rule's reply is to be sent as.

    Raises:
        ReplyTypeError: it is no reply.
        MessageError: it cannot be sent as it is.
    """
    try:
        return as_message(reply)
    except TypeError as error:
        raise no_reply_error((True, reply), agent, rule) from error


def no_reply_error(result: Any, agent: str, rule: str) -> ReplyTypeError:
    """Give the error for what a rule returned that is no ``(final, reply)``."""
    shown = repr(result)
    shown = shown if len(shown) < 200 else f"{shown[:200]}..."
    return ReplyTypeError(
        f"rule {rule} of agent {agent!r} returned {shown}; a rule returns (final, reply): final a "
        "bool, reply a str, a dict, a Message, a ChatResponse, a Handoff or None",
        agent=agent,
        rule=rule,
    )


def no_text_error(answer: Any, agent: str) -> ReplyTypeError:
    """Give the error for what ``get_human_input`` returned that is no text."""
    return ReplyTypeError(
        f"get_human_input of agent {agent!r} returned {answer!r:.200}; it returns a text, or None "
        "to end the conversation",
        agent=agent,
        rule="get_human_input",
    )
