"""Frames: many of them in one piece, each read on its own."""

from __future__ import annotations

import pytest

pytest.importorskip("ray")

from agentcore import (
    Message,
)
from agentcore.backend import (
    Call,
    Cancel,
)
from agentcore_ray.codec import decode, encode
from agentcore_ray.frame import pack, unpack
from tests.unit.backends.agentcore_ray.packets import BOB, EXCHANGE, INHERITED, Unreadable, envelope


def test_frames_keep_their_order_in_a_piece() -> None:
    """What is sent first arrives first."""
    frames = [encode(envelope(Message(str(each))), "h1") for each in range(100)]
    _, arrived = unpack(pack("h0", frames))
    assert [decode(each).message.content for each in arrived] == list(map(str, range(100)))


def test_a_frame_that_cannot_be_read_harms_no_other() -> None:
    """Each is pickled on its own."""
    bad = encode(Call("1", BOB, "m", (Unreadable(),), {}, EXCHANGE, INHERITED, "h9"), "h1")
    _, (first, broken, last) = unpack(pack("h0", [encode(Cancel("1", "alice"), "h1"), bad,
                                                  encode(Cancel("2", "alice"), "h1")]))  # fmt: skip
    assert (decode(first), decode(last)) == (Cancel("1", "alice"), Cancel("2", "alice"))
    with pytest.raises(ModuleNotFoundError):
        decode(broken)
