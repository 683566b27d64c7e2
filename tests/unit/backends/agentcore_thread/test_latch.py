"""The latch: a wait that ends with a timeout, or when it is set."""

from __future__ import annotations

from agentcore_thread import Latch


def test_a_latch_says_whether_it_was_set_in_time() -> None:
    """A wait ends with the timeout, or with the latch; setting it twice is as setting it once."""
    latch = Latch()
    assert not latch.is_set
    assert not latch.wait(0)
    assert not latch.wait(-1)
    latch.set()
    latch.set()
    assert latch.is_set
    assert latch.wait(None)
