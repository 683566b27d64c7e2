"""The path of the value whose own methods raise."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentcore.base.unreadable import unreadable
from agentcore.testing.conformance.agents.failing import Unreadable

STEPS = st.lists(st.sampled_from(["[0]", "[1]", ".key"]), max_size=5)


@given(STEPS, st.sampled_from(["__class__", "__bool__", "__repr__"]))
def test_the_innermost_value_that_raises_is_named(steps: list[str], method: str) -> None:
    """However deep it is in lists and dicts, and whichever of its methods raises."""
    value: Any = Unreadable(method)
    for step in reversed(steps):
        value = {".key": {"key": value}, "[0]": [value, 1], "[1]": (1, value)}[step]
    error = unreadable(value, LookupError("no"))
    assert f" ${''.join(steps)} cannot be looked at, as it raises LookupError: no" in str(error)
