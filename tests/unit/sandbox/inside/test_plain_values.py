"""Values of the code as JSON has them."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentcore.sandbox.inside.plain_values import json_text, plain

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=50)
@given(VALUES)
def test_plain_values_are_written_as_the_module_json_reads_them(value: Any) -> None:
    """Whatever stands in a text, lone halves of characters included."""
    text = json_text(value).encode("utf-8", "backslashreplace")
    assert b"\n" not in text
    assert json.loads(text) == value


@settings(max_examples=50)
@given(st.lists(st.none() | st.booleans() | st.integers() | st.text(), max_size=5))
def test_plain_values_come_as_they_are(values: list[Any]) -> None:
    """Lists and dicts of them too."""
    assert plain({"a": values, "b": {"c": values}}) == {"a": values, "b": {"c": values}}


def test_numbers_that_are_none_are_written_too() -> None:
    """As Python's own JSON has them."""
    found = json.loads(json_text([float("nan"), float("inf"), -float("inf")]))
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf]


def test_what_has_no_form_comes_as_its_repr() -> None:
    """Also what stands too deep, and what contains itself."""
    endless: list[Any] = []
    endless.append(endless)
    assert plain({1: {2, 3}}) == {"1": "{2, 3}"}
    assert "[...]" in json_text(plain(endless))
    assert plain("x" * 10**6) == "x" * 10**5
    assert isinstance(plain(10**50_000), str)
