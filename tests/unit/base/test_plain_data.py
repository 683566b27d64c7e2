"""Values as JSON has them."""

from __future__ import annotations

import datetime
import json
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from agentcore.base.plain_data import plain_data
from agentcore.errors import MessageTypeError

DAY = datetime.date(2026, 1, 2)


class Colour(StrEnum):
    """A text that is not only a text."""

    RED = "red"


def test_containers_of_any_kind_become_dicts_and_lists() -> None:
    """What comes out may be changed, and JSON has it."""
    value = MappingProxyType({"a": (1, [2.5, None]), "b": frozenset({True}), "c": Colour.RED})
    plain = plain_data(value)
    assert plain == {"a": [1, [2.5, None]], "b": [True], "c": "red"}
    assert {type(plain), type(plain["a"])} == {dict, list}
    assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [1, DAY]}, r"\$\.a\[1\] cannot be written as JSON"),
        (b"x", r"\$ cannot"),
        ([float("nan")], r"\$\[0\] cannot"),
        ({"a": {(1, 2): 3}}, r"\$\.a cannot"),
    ],
)
def test_what_json_does_not_have_is_named(value: Any, where: str) -> None:
    """With its path, and what may be done."""
    with pytest.raises(MessageTypeError, match=f"{where}.*default="):
        plain_data(value)


def test_a_function_may_replace_what_json_does_not_have() -> None:
    """Also by more of it; a function that gives the same back has replaced nothing."""
    assert plain_data([DAY], default=str) == ["2026-01-02"]
    assert plain_data({DAY}, default=lambda day: {"day": day.isoformat()}) == [
        {"day": "2026-01-02"}
    ]
    with pytest.raises(MessageTypeError, match="a date"):
        plain_data(DAY, default=lambda value: value)
