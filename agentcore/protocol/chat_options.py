"""The options of a conversation, the same for every method that begins one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from agentcore.base.checks import check_timeout, did_you_mean
from agentcore.protocol.briefing import Briefing
from agentcore.protocol.condition import Condition, Test, as_condition
from agentcore.protocol.message_function import MessageFunction
from agentcore.protocol.state import check_max_turns

__all__ = ["DEFAULT_OPTIONS", "OPTION_NAMES", "ChatOptions", "Until", "check_context"]

# What ``until=`` takes: a condition, or a predicate of the transcript.
Until: TypeAlias = Condition | Test


def _condition(value: Until | None) -> Condition | None:
    return None if value is None else as_condition(value)


@attrs.frozen
class ChatOptions:
    """The options that `ConversableAgent.initiate_chat` takes beside the message, checked.

    Attributes:
        clear_history: whether both agents first clear their earlier history with each other.
        silent: whether nothing is printed.
        max_turns: how many messages the conversation and all nested in it may have, 1 or more;
            ``None`` for as many as the budget of the turn or system that begins it allows.
        until: a condition that stops it; a predicate of the transcript becomes one.
        timeout: seconds after which it stops; ``None`` for no limit of its own.
        wanted: whether an answer is wanted; otherwise the message is only delivered.
        session: tells its histories from those of the same agents in other sessions; by default
            that of the turn that begins it.
        briefing: carry-over and summary; ``None`` for the plain ones, which most have.

    Raises:
        TypeError, ValueError: a value has the wrong type, or is out of range.

    Examples:
        >>> options = ChatOptions(max_turns=10, until=lambda transcript: len(transcript) > 4)
        >>> options.clear_history, options.timeout, type(options.until).__name__
        (True, None, 'Predicate')
        >>> ChatOptions(max_turns=0)
        Traceback (most recent call last):
            ...
        ValueError: max_turns is 1 or more, not 0
    """

    clear_history: bool = True
    silent: bool = False
    max_turns: int | None = None
    until: Condition | None = attrs.field(default=None, converter=_condition)
    timeout: float | None = None
    wanted: bool = True
    session: str = ""
    briefing: Briefing | None = None

    def __attrs_post_init__(self) -> None:
        # In place of validators: each conversation makes one, and mostly without either.
        if self.max_turns is not None:
            check_max_turns(self.max_turns)
        if self.timeout is not None:
            check_timeout(self.timeout)
        if self.session:
            check_session(self.session)


def check_session(session: object) -> None:
    """Raise ``TypeError`` if it is no text."""
    if not isinstance(session, str):
        raise TypeError(f"session= is a text, such as the id of a user, not {session!r:.200}")


DEFAULT_OPTIONS = ChatOptions()
OPTION_NAMES = (
    *(each.name for each in attrs.fields(ChatOptions) if each.name not in ("wanted", "briefing")),
    "carryover",
    "summary_method",
    "summary_prompt",
    "summary_args",
)


def check_context(message: object, context: Mapping[str, Any]) -> None:
    """Check the keywords that a method that begins a conversation got beside its options.

    They go to ``generate_init_message``, or to a function given as ``message=``. Where the message
    itself is given, nothing takes them, so such a keyword is a misspelt option.

    Raises:
        TypeError: nothing takes one of them; the error names the option that is close.
    """
    if callable(message):
        try:
            MessageFunction.of(message, context)
        except TypeError as error:
            hint = did_you_mean(next(iter(context), ""), OPTION_NAMES, count=1)
            raise TypeError(f"{error}{hint}") from None
    elif context and message is not None:
        key = next(iter(context))
        hint = did_you_mean(key, OPTION_NAMES, count=1)
        raise TypeError(
            f"there is no option {key!r}{hint or f'; there are: {NAMED}'} (Other keywords are for "
            "generate_init_message, which is asked only where no message= is given.)"
        )


NAMED = ", ".join(OPTION_NAMES)
