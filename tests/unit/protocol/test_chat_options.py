"""The options of a conversation: checked where they are given."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import MaxMessages
from agentcore.protocol.chat_options import OPTION_NAMES, ChatOptions, check_context
from agentcore.protocol.conditions import Predicate


def test_options_that_are_not_given_limit_nothing() -> None:
    """The budget is then the system's, or what is left of the turn's."""
    options = ChatOptions()
    assert (options.max_turns, options.until, options.timeout) == (None, None, None)
    assert options.clear_history
    assert options.wanted
    assert not options.silent


def test_a_predicate_becomes_a_condition() -> None:
    """A condition stays the one it is."""
    condition = MaxMessages(3)
    assert ChatOptions(until=condition).until is condition
    assert isinstance(ChatOptions(until=lambda transcript: False).until, Predicate)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"max_turns": 0}, ValueError, "max_turns is 1 or more"),
        ({"max_turns": "3"}, TypeError, "max_turns is a whole number"),
        ({"max_turns": True}, TypeError, "max_turns is a whole number"),
        ({"timeout": "3"}, TypeError, "timeout= is a number of seconds"),
        ({"until": 5}, TypeError, "a stop condition is"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """In words that name the option."""
    with pytest.raises(error, match=words):
        ChatOptions(**options)


def test_a_misspelt_option_is_found_in_the_context() -> None:
    """Whoever gave a message needs no context, so it was meant as an option."""
    with pytest.raises(TypeError, match=r"no option 'time_out'.*did you mean 'timeout'"):
        check_context("hello", {"time_out": 3})
    with pytest.raises(TypeError, match=r"no option 'city'; there are: clear_history, .*carryover"):
        check_context("hello", {"city": "Rome"})


def test_a_context_passes_where_something_takes_it() -> None:
    """That is ``generate_init_message``, or a function that gives the message."""
    check_context(None, {"task": "weather", "city": "Rome"})
    check_context(lambda task, city: task, {"task": "weather", "city": "Rome"})
    check_context(lambda context: context["city"], {"task": "weather", "city": "Rome"})
    with pytest.raises(TypeError, match=r"'carry_over'.* did you mean 'carryover'"):
        check_context(lambda: "hello", {"carry_over": "x"})


def test_users_see_no_names_of_what_is_inside() -> None:
    """`send` has ``request_reply`` for ``wanted``, and a briefing has several options."""
    assert OPTION_NAMES == (
        "clear_history", "silent", "max_turns", "until", "timeout", "session",
        "carryover", "summary_method", "summary_prompt", "summary_args",
    )  # fmt: skip
