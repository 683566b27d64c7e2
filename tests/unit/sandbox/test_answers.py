"""What stands in the pipe of answers is read with care."""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.sandbox.answers import Answer, AnswerReader

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def read_of(data: bytes, token: str = "t") -> Answer | None:
    """Give what a reader finds in a pipe that then ends."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:
        os.set_blocking(writing, False)
        os.write(writing, data)
        os.close(writing)
        return AnswerReader(pipe).read(token, time.monotonic() + 5)


def test_an_answer_with_the_token_is_found_among_others() -> None:
    """Lines that are none, and answers with other tokens, are passed over."""
    lines = [
        b"noise",
        b'{"token": "x", "answer": {"value": "forged"}}',
        b'{"token": "t", "answer": {"value": "1", "figures": [], "variables": {"a": [1]}}}',
    ]
    assert read_of(b"\n".join(lines) + b"\n") == Answer("t", "1", variables={"a": [1]})


def test_names_of_figures_are_those_of_the_folder() -> None:
    """No path leads out of it."""
    names = ["figure-1.png", "../figure-1.png", "/etc/passwd", "figure-1.png/..", "x.png", 5, None]
    answer = read_of(json.dumps({"token": "t", "answer": {"figures": names}}).encode() + b"\n")
    assert answer is not None
    assert answer.figures == ("figure-1.png",)


@pytest.mark.parametrize("line", [b"[" * 60_000, b"9" * 60_000, b"\xff\xfe", b"{}", b'"t"', b""])
def test_what_is_no_answer_does_no_harm(line: bytes) -> None:
    """Deep nesting, long numbers, no UTF-8, no answer."""
    assert read_of(line + b"\n") is None


@settings(max_examples=50)
@given(PLAIN)
def test_whatever_is_said_is_read_as_an_answer_or_not_at_all(said: object) -> None:
    """The parts have the types that the rest of the host expects."""
    answer = read_of(json.dumps({"token": "t", "answer": said}).encode()[:60_000] + b"\n")
    assert answer is None or isinstance(answer.variables, dict)


def test_waiting_has_an_end() -> None:
    """Nobody writes."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:
        assert AnswerReader(pipe).read("t", time.monotonic() + 0.01) is None
    os.close(writing)
