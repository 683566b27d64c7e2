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


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (OSError("no file \udcff, \ud83d\ude00"), "OSError: no file \ufffd, \U0001f600"),
    ],
)
def test_an_exception_is_told_by_its_class_and_text(error: BaseException, words: str) -> None:
    """The text is valid Unicode."""
    assert words_of(error) == words


@pytest.mark.parametrize(
    ("gives", "why"),
    [
        (ValueError("no"), "ValueError"),
        (SystemExit(2), "SystemExit"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (5, "TypeError"),
        (None, "TypeError"),
    ],
)
def test_an_exception_without_a_text_is_told_by_its_class(gives: Any, why: str) -> None:
    """Whatever its ``__str__`` raises or gives."""
    assert text_of(Wordless(gives)) == ""
    assert words_of(Wordless(gives)) == f"Wordless, whose text cannot be shown: {why}"


def test_an_exception_that_holds_itself_is_told() -> None:
    """Its text is never at an end."""
    error = ValueError()
    error.args = (error,)
    assert words_of(error) == "ValueError, whose text cannot be shown: RecursionError"


def test_a_long_text_is_cut() -> None:
    """It would fill the model's context."""
    words = words_of(ValueError(b"\xff" * 100_000))
    assert words.startswith(r"ValueError: b'\xff\xff")
    assert words.endswith("... (396,003 characters more)")


def test_a_group_is_told_with_what_is_in_it() -> None:
    """It says itself only how many errors there are."""
    inner = ExceptionGroup("at once", [KeyError("a"), Wordless(None)])
    group = BaseExceptionGroup("tasks", [SystemExit(2), inner])
    assert words_of(group) == (
        "BaseExceptionGroup: tasks (2 sub-exceptions): SystemExit: 2; "
        "ExceptionGroup: at once (2 sub-exceptions): KeyError: 'a'; "
        "Wordless, whose text cannot be shown: TypeError"
    )
    many = ExceptionGroup("many", [ValueError(str(number)) for number in range(9)])
    assert words_of(many).endswith("ValueError: 3; ValueError: 4; and 4 more")
