"""Reading what a rule returned: the same in conversations and in ``generate_reply``."""

from __future__ import annotations

from typing import Any

from agentcore.protocol.chat_errors import ReplyTypeError
from agentcore.protocol.message import Message, as_message

__all__ = ["as_reply", "is_rule_result", "no_reply_error", "no_text_error"]


def is_rule_result(result: Any) -> bool:
    """Say whether what a rule returned is a tuple ``(final, reply)`` with a bool first.

    Examples:
        >>> is_rule_result((True, "yes")), is_rule_result((1, "yes")), is_rule_result("yes")
        (True, False, False)
    """
    return type(result) is tuple and len(result) == 2 and type(result[0]) is bool


def as_reply(reply: Any, agent: str, rule: str) -> Message:
    """Make a message of the reply that a rule returned.

    Args:
        agent, rule: names for the error.

    Raises:
        ReplyTypeError: it is neither a str, a dict, a Message nor a ChatResponse.
        MessageError: as a message it would have no content, or content of a wrong type.
    """
    try:
        return as_message(reply)
    except TypeError as error:
        raise no_reply_error((True, reply), agent, rule, f": {error}") from error


def no_reply_error(result: Any, agent: str, rule: str, why: str = "") -> ReplyTypeError:
    """Return the error for a rule that returned something other than ``(final, reply)``.

    Args:
        why: what is wrong with it, after a colon.
    """
    shown = repr(result)
    shown = shown if len(shown) < 200 else f"{shown[:200]}..."
    return ReplyTypeError(
        f"rule {rule} of agent {agent!r} returned {shown}; a rule returns (final, reply): final a "
        "bool, reply a str, a dict, a Message, a ChatResponse, a Handoff or None"
        f"{why}",
        agent=agent,
        rule=rule,
    )


def no_text_error(answer: Any, agent: str) -> ReplyTypeError:
    """Make the error for a ``get_human_input`` that returned something other than a text."""
    return ReplyTypeError(
        f"get_human_input of agent {agent!r} returned {answer!r:.200}; it returns a text, or None "
        "to end the conversation",
        agent=agent,
        rule="get_human_input",
    )
