"""The laws of the frozen containers, over any value that JSON can hold."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentcore.base.frozen import FrozenDict, FrozenList, freeze, isolate, unpicklable_path

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)
)
keys = st.text("abcxyz", min_size=1, max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
containers = st.lists(values, max_size=4) | st.dictionaries(keys, values, max_size=4)


def frozen(value: Any) -> Any:
    """Freeze what has nothing opaque in it."""
    result, opaque = freeze(value)
    assert not opaque
    return result


def within(value: Any) -> Iterator[Any]:
    """Give the value and all that it holds."""
    yield value
    if isinstance(value, dict):
        for item in value.values():
            yield from within(item)
    elif isinstance(value, list):
        for item in value:
            yield from within(item)


def assert_frozen(value: Any) -> None:
    for part in within(value):
        assert type(part) not in (dict, list)


def changes(value: Any) -> Iterator[Any]:
    """Give every way to change a container."""
    if isinstance(value, dict):
        key = next(iter(value), "new")
        yield lambda: value.__setitem__(key, 0)
        yield lambda: value.__delitem__(key)
        yield lambda: value.__ior__({"new": 0})
        yield lambda: value.pop(key, None)
        yield lambda: value.setdefault(key, 0)
        yield lambda: value.update({"new": 0})
        yield from (value.clear, value.popitem)
    else:
        yield lambda: value.__setitem__(0, 0)
        yield lambda: value.__setitem__(slice(None), [0])
        yield lambda: value.__delitem__(0)
        yield lambda: value.__iadd__([0])
        yield lambda: value.__imul__(2)
        yield lambda: value.append(0)
        yield lambda: value.extend([0])
        yield lambda: value.insert(0, 0)
        yield lambda: value.remove(value[0] if value else 0)
        yield from (value.clear, value.pop, value.reverse, value.sort)


def spoil(value: Any) -> None:
    """Change every container in a value, from within."""
    for part in list(within(value)):
        if isinstance(part, dict):
            part["new"] = "spoilt"
        elif isinstance(part, list):
            part.append("spoilt")


@given(values)
def test_a_frozen_value_equals_what_it_was_made_of(value: Any) -> None:
    """Either way round, and so does what is frozen twice."""
    assert frozen(value) == value
    assert value == frozen(value)
    assert frozen(frozen(value)) == value


@given(values)
def test_everything_in_a_frozen_value_is_frozen(value: Any) -> None:
    """No plain dict or list is left at any depth; and both are still a dict and a list."""
    for part in within(frozen(value)):
        assert not isinstance(part, dict) or type(part) is FrozenDict
        assert not isinstance(part, list) or type(part) is FrozenList


@given(values)
def test_a_frozen_value_is_the_same_json(value: Any) -> None:
    """The same text, which reads as the same value."""
    text = json.dumps(frozen(value), sort_keys=True)
    assert text == json.dumps(value, sort_keys=True)
    assert json.loads(text) == value


@given(values, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_frozen_value_pickles_to_a_frozen_value(value: Any, protocol: int) -> None:
    """Equal, and frozen at any depth, in each of pickle's protocols."""
    other = pickle.loads(pickle.dumps(frozen(value), protocol))
    assert other == value
    assert_frozen(other)


@given(containers)
def test_every_change_is_refused_and_changes_nothing(value: Any) -> None:
    """Of the value, and of each container in it."""
    it = frozen(value)
    for part in within(it):
        if not isinstance(part, dict | list):
            continue
        for change in changes(part):
            with pytest.raises(TypeError, match="immutable"):
                change()
    assert it == value


@given(values)
def test_copies_are_frozen_too(value: Any) -> None:
    """A shallow copy is the thing itself, a deep one equal and frozen; so is isolation."""
    it = frozen(value)
    assert copy.copy(it) is it
    for other in (copy.deepcopy(it), isolate(it)):
        assert other == value
        assert_frozen(other)


@given(containers)
def test_later_changes_of_the_original_do_not_show(value: Any) -> None:
    """Nothing that can change is shared with what the value was made of."""
    before = copy.deepcopy(value)
    it = frozen(value)
    spoil(value)
    assume(value != before)
    assert it == before


@given(values)
def test_changes_of_an_own_copy_do_not_show(value: Any) -> None:
    """The copy by way of JSON is the user's own."""
    it = frozen(value)
    own = json.loads(json.dumps(it))
    spoil(own)
    assert it == value


class Unknown:
    """An object that pickles, unless it holds a lock."""

    def __init__(self, lock: Any = None) -> None:
        self.lock = lock


steps = st.lists(keys | st.integers(0, 3), max_size=5)


@given(steps, st.sampled_from([threading.Lock(), Unknown(threading.Lock())]), values)
def test_the_path_leads_to_what_cannot_be_pickled(path: list[Any], bad: Any, other: Any) -> None:
    """Hidden at any depth between harmless neighbours, it is found where it stands."""
    value, text = bad, "$"
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [*[other] * step, value, other]
    for step in path:
        text += f".{step}" if isinstance(step, str) else f"[{step}]"
    it, opaque = freeze(value)
    assert opaque
    assert unpicklable_path(value) == text
    assert unpicklable_path(it) == text


@given(values, st.booleans())
def test_there_is_a_path_just_when_pickling_fails(value: Any, fails: bool) -> None:
    """No more and no less."""
    it, _ = freeze({"first": value, "then": Unknown(threading.Lock() if fails else None)})
    assert (unpicklable_path(it) is not None) == fails
    assert unpicklable_path(frozen(value)) is None
