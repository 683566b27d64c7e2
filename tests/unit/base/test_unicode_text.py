"""Text with halves of characters becomes text that can be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.base.unicode_text import has_halves, valid_text, valid_texts


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("plain", "plain"),
        ("\u5929 \U0001f600", "\u5929 \U0001f600"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ud83d", "\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\U0001f600\ud83d", "\U0001f600\ufffd"),
    ],
)
def test_pairs_are_joined_and_halves_are_replaced(text: str, valid: str) -> None:
    """As a reader of UTF-16 does it."""
    assert valid_text(text) == valid


def test_texts_in_containers_are_made_valid() -> None:
    """Keys, too; what is no text stays."""
    assert valid_texts({"\ud83d": ["\ud83d", 1, None, ("a",)]}) == {
        "\ufffd": ["\ufffd", 1, None, ["a"]]
    }


@given(st.text(st.characters()))
def test_any_text_can_be_written_afterwards(text: str) -> None:
    """And a second time changes nothing."""
    valid = valid_text(text)
    assert valid.encode().decode() == valid
    assert not has_halves(valid)
    assert valid_text(valid) == valid
    assert valid == text or has_halves(text)
