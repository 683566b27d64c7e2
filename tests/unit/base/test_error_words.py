"""What is said of an exception of the user's code."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore.base.error_words import text_of, words_of


class Wordless(Exception):
    """Its text cannot be had."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives

    def __str__(self) -> str:
        if isinstance(self.gives, BaseException):
            raise self.gives
        return self.gives  # type: ignore[no-any-return]


@pytest.mark.parametrize("gives", [ValueError("no"), SystemExit(2), 5, None])
def test_an_exception_without_a_text_is_told_by_its_class(gives: Any) -> None:
    """Whatever its ``__str__`` raises or gives."""
    assert text_of(Wordless(gives)) == ""
    assert words_of(Wordless(gives)) == "Wordless"


def test_an_exception_that_holds_itself_is_told() -> None:
    """Its text is never at an end."""
    error = ValueError()
    error.args = (error,)
    assert words_of(KeyError("a")) == "KeyError: 'a'"
    assert words_of(error) == "ValueError"


def test_a_group_is_told_with_what_is_in_it() -> None:
    """It says itself only how many errors there are."""
    inner = ExceptionGroup("at once", [KeyError("a"), Wordless(None)])
    group = BaseExceptionGroup("tasks", [SystemExit(2), inner])
    assert words_of(group) == (
        "BaseExceptionGroup: tasks (2 sub-exceptions): SystemExit: 2; "
        "ExceptionGroup: at once (2 sub-exceptions): KeyError: 'a'; Wordless"
    )
    many = ExceptionGroup("many", [ValueError(str(number)) for number in range(9)])
    assert words_of(many).endswith("ValueError: 3; ValueError: 4; and 4 more")
