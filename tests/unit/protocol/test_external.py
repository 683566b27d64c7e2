"""`External`: the stop condition that is set from outside."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from agentcore.protocol.conditions import (
    External,
)
from agentcore.protocol.external import _SWITCHES
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import Entry


def said(sender: str, content: Any = "hello", **metadata: Any) -> Entry:
    return Entry(sender, "anyone", Message(content, metadata=metadata))


ALICE, BOB = said("alice"), said("bob")


def test_external_holds_once_set() -> None:
    """Whoever holds it sets it; more than once is as once."""
    condition = External()
    assert condition.holds((ALICE,)) is None
    condition.set()
    condition.set()
    assert condition.is_set
    assert condition.holds((ALICE,)) == "External()"


@pytest.mark.parametrize(
    "copied", [lambda it: pickle.loads(pickle.dumps(it)), copy.copy, copy.deepcopy]
)
def test_copies_of_an_external_in_one_process_are_one(copied: Callable[[Any], Any]) -> None:
    """Setting one sets the other, either way round, as they are equal values."""
    original = External()
    other = copied(original)
    assert other == original
    assert hash(other) == hash(original)
    other.set()
    assert original.is_set


def test_two_externals_are_two() -> None:
    """Each is set on its own."""
    one, other = External(), External()
    assert one != other
    one.set()
    assert not other.is_set


def test_an_external_that_was_set_is_set_wherever_it_arrives() -> None:
    """Also in a process that has no other copy, as when the last one here is gone."""
    condition = External()
    condition.set()
    data = pickle.dumps(condition)
    del condition
    gc.collect()
    assert pickle.loads(data).is_set


def test_an_external_that_is_gone_leaves_nothing_behind() -> None:
    """A process that makes many keeps none."""
    gc.collect()
    before = len(_SWITCHES)
    externals = [External() for _ in range(10)]
    assert len(_SWITCHES) == before + 10
    del externals
    gc.collect()
    assert len(_SWITCHES) == before
