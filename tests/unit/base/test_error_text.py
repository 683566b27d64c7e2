"""The words for an exception that the user's code raised."""

from __future__ import annotations

import pytest

from agentcore.base.error_text import error_text


class Mute(Exception):
    """Its text raises what it was made of."""

    def __str__(self) -> str:
        raise self.args[0]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (OSError("no file \udcff, \ud83d\ude00"), "OSError: no file \ufffd, \U0001f600"),
        (Mute(RuntimeError("x")), "Mute, whose text cannot be shown: RuntimeError"),
        (Mute(SystemExit(2)), "Mute, whose text cannot be shown: SystemExit"),
        (Mute(KeyboardInterrupt()), "Mute, whose text cannot be shown: KeyboardInterrupt"),
    ],
)
def test_an_exception_is_told_by_its_kind_and_text(error: BaseException, words: str) -> None:
    """Whatever its text is, or raises."""
    assert error_text(error) == words


def test_a_long_text_is_cut() -> None:
    """It would fill the model's context."""
    words = error_text(ValueError(b"\xff" * 100_000))
    assert words.startswith(r"ValueError: b'\xff\xff")
    assert words.endswith("... (396,003 characters more)")
