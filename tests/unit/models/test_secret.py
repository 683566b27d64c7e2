"""Secrets are removed from texts, which stay readable."""

from __future__ import annotations

import pytest

from agentcore.models.secret import Secret, redacted


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("sk-123456", "the key sk-123456 is unknown", "the key *** is unknown"),
        ("sk-123456", "Bearer:xsk-123456x", "Bearer:x***x"),
        ("k", "too many tokens for key k", "too many tokens for key ***"),
        ("EMPTY", "EMPTY: EMPTYING", "***: EMPTYING"),
        ("", "nothing", "nothing"),
    ],
)
def test_a_secret_is_replaced(key: str, text: str, shown: str) -> None:
    """Short ones, as servers without keys are given, only where they stand alone."""
    assert redacted(text, [Secret(key)]) == shown
