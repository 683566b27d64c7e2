"""The options of a conversation, wherever one is begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.checks import check_timeout, did_you_mean
from agentcore.protocol.condition import Condition, Test, as_condition
from agentcore.protocol.state import check_max_turns

__all__ = ["DEFAULT_OPTIONS", "OPTION_NAMES", "ChatOptions", "Until", "check_no_option"]

# What ``until=`` takes: a condition, or a predicate of the transcript.
Until: TypeAlias = Condition | Test


@attrs.frozen
class ChatOptions:
    """What `ConversableAgent.initiate_chat` takes beside the message, and `send` in part.

    Attributes:
        clear_history: whether both forget first what they said to each other before.
        silent: whether nothing is printed.
        max_turns: messages that the conversation and all nested in it may have; ``None`` leaves
            it to the budget that there is.
        until: a condition that stops it.
        timeout: seconds after which it stops.
        wanted: whether an answer is wanted, or the message is only delivered.

    Raises:
        TypeError, ValueError: a value is none of these.
    """

    clear_history: bool = True
    silent: bool = False
    max_turns: int | None = attrs.field(default=None)
    until: Condition | None = attrs.field(
        default=None, converter=attrs.converters.optional(as_condition)
    )
    timeout: float | None = attrs.field(default=None)
    wanted: bool = True

    @max_turns.validator
    def _check_max_turns(self, attribute: object, value: int | None) -> None:
        if value is not None:
            check_max_turns(value)

    @timeout.validator
    def _check_timeout(self, attribute: object, value: float | None) -> None:
        check_timeout(value)


DEFAULT_OPTIONS = ChatOptions()
OPTION_NAMES = tuple(each.name for each in attrs.fields(ChatOptions) if each.name != "wanted")


def check_no_option(context: Mapping[str, Any]) -> None:
    """Check the ``**context`` of a conversation that has its message, and so needs no context.

    Raises:
        TypeError: a key of it is nearly an option; the error says which.
    """
    for key in context:
        hint = did_you_mean(key, OPTION_NAMES, count=1, cutoff=0.8)
        if hint:
            raise TypeError(f"initiate_chat has no option {key!r}{hint}")
