"""`MessageStore`: messages by group, and their expiry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore import MessageError
from agentcore.memory import MessageStore, StoredMessage


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def texts(messages: tuple[StoredMessage, ...]) -> list[Any]:
    """Give what was said."""
    return [each.message.content for each in messages]


def test_a_group_has_its_messages_in_order() -> None:
    """With who said them to whom, and when."""
    store = MessageStore(clock=Clock())
    first = store.put("team", "one", sender="ann", receiver="bob")
    store.put("others", {"content": "hi"})
    store.put("team", "two")
    assert texts(store.get("team")) == ["one", "two"]
    assert store.get("team")[0] == first
    assert (first.sender, first.receiver, first.time) == ("ann", "bob", 1_000.0)
    assert texts(store.get("team", after=first.id)) == ["two"]
    assert texts(store.get("team", limit=1)) == ["two"]
    assert store.get("team", limit=0) == ()
    assert store.get("nobody") == ()
    assert store.groups() == ("others", "team")


def test_clearing_forgets_one_group_or_all() -> None:
    """And says how many messages there were."""
    store = MessageStore()
    for group in ("a", "a", "b", "c"):
        store.put(group, "hi")
    assert (store.clear("a"), store.groups()) == (2, ("b", "c"))
    assert (store.clear("a"), store.clear(), store.groups()) == (0, 2, ())


STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=30)


@given(STEPS, st.floats(0, 60))
def test_expiry_drops_what_is_too_old_and_nothing_else(
    steps: list[tuple[str, float]], later: float
) -> None:
    """Whenever and to whichever group it was put."""
    clock = Clock()
    store = MessageStore(expires_after=40, clock=clock)
    for group, pause in steps:
        clock.now += pause
        store.put(group, str(clock.now))
    clock.now += later
    times = {group: [each.time for each in store.get(group)] for group in "abc"}
    expected: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    now = 1_000.0
    for group, pause in steps:
        now += pause
        if now >= clock.now - 40:
            expected[group].append(now)
    assert times == expected
    assert set(store.groups()) == {group for group in "abc" if expected[group]}


def test_a_store_may_keep_everything() -> None:
    """Nothing expires then."""
    clock = Clock()
    store = MessageStore(expires_after=None, clock=clock)
    store.put("team", "one")
    clock.now += 1e9
    assert texts(store.get("team")) == ["one"]


def test_a_group_keeps_its_last_messages() -> None:
    """So that it does not grow without bound."""
    store = MessageStore(limit=2)
    for text in ("one", "two", "three"):
        store.put("team", text)
    assert texts(store.get("team")) == ["two", "three"]


@pytest.mark.parametrize("wrong", [{"expires_after": 0}, {"limit": 0}, {"expires_after": -1.0}])
def test_limits_are_above_0(wrong: Any) -> None:
    """Others are refused at once."""
    with pytest.raises(ValueError, match="is a number above 0, or None"):
        MessageStore(**wrong)


def test_what_is_no_message_or_no_group_is_refused() -> None:
    """And nothing is kept."""
    store = MessageStore()
    with pytest.raises(MessageError):
        store.put("team", {})
    with pytest.raises(TypeError, match="the id of a group is a text, not 7"):
        store.put(7, "hi")  # type: ignore[arg-type]
    assert store.groups() == ()
