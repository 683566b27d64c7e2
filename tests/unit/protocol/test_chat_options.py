"""The options of a conversation: checked where they are given."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import MaxMessages
from agentcore.protocol.chat_options import OPTION_NAMES, ChatOptions, check_no_option
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
        check_no_option({"time_out": 3})


def test_a_context_with_other_names_passes() -> None:
    """It may be for an override of ``generate_init_message`` that is given the message too."""
    check_no_option({"task": "weather", "city": "Rome"})


def test_whether_an_answer_is_wanted_is_no_option_of_users() -> None:
    """`send` has ``request_reply`` for it."""
    assert OPTION_NAMES == ("clear_history", "silent", "max_turns", "until", "timeout", "session")
