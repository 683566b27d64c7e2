"""Output is read within a bound."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.sandbox.output import OutputReader


@settings(max_examples=50)
@given(st.binary(max_size=300).filter(lambda data: b"\0" not in data), st.integers(1, 64))
def test_a_run_has_what_came_before_its_end(data: bytes, size: int) -> None:
    """In whatever pieces it comes, and whatever comes after."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:
        reader = OutputReader(pipe, 10_000)
        reader.begin("token")
        whole = data + b"\0token\nlater"
        for start in range(0, len(whole), size):
            os.write(writing, whole[start : start + size])
        assert reader.until_end(5) == data.decode("utf-8", "replace")
        os.close(writing)
        assert reader.has_ended(5)


@pytest.mark.parametrize("begun", [True, False])
def test_what_is_too_much_is_counted_and_dropped(begun: bool) -> None:
    """The beginning is kept, and the bound holds until the pipe ends."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:
        reader = OutputReader(pipe, 1_000)
        if begun:
            reader.begin("token")
        for _ in range(100):
            os.write(writing, b"x" * 10_000)
        os.close(writing)
        text = reader.until_end(5)
        assert reader.has_ended(5)
        assert text[:1_000] == "x" * 1_000
        assert len(text) < 1_100
        assert reader.beyond > 900_000
