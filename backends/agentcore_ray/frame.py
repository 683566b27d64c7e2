"""Frames: pickled packets with an address, many of which share one Ray call."""

from __future__ import annotations

import pickle
from typing import NamedTuple

__all__ = ["Frame", "id_with_part", "pack", "split_id", "unpack"]

PART = "#"


class Frame(NamedTuple):
    """A packet on its way to another process.

    The packet is pickled on its own, so that one that cannot be read where it arrives harms no
    other. The rest of the frame says who is to be told then.

    Attributes:
        data: the packet, pickled.
        to: the place that it is for.
        sender: the place that is told if it cannot be read, which is ``to`` itself for what comes
            back; empty where nobody waits.
        id: of the conversation or request that it is about; or of a question to many and a part
            of that, as `id_with_part` joins them.
        name: the agent that it is for; empty where that is a conversation.
        asked: whether it is a request, which an `Answer` settles, or that answer.
    """

    data: bytes
    to: str
    sender: str = ""
    id: str = ""
    name: str = ""
    asked: bool = False


def id_with_part(id: str, part: int) -> str:
    """Join an id and the number of a part; a negative number is no part."""
    return id if part < 0 else f"{id}{PART}{part}"


def split_id(id: str) -> tuple[str, int]:
    """Undo `id_with_part`."""
    plain, _, part = id.partition(PART)
    return plain, int(part) if part else -1


def pack(place: str, frames: list[Frame]) -> bytes:
    """Pickle frames, with the place that they come from, for one Ray call.

    The result is bytes, because Ray passes bytes on as they are, and pickles anything else with
    cloudpickle, which is slow.
    """
    return pickle.dumps((place, [tuple(frame) for frame in frames]), protocol=5)


def unpack(data: bytes) -> tuple[str, list[Frame]]:
    """Undo `pack`."""
    place, frames = pickle.loads(data)
    return place, [Frame(*frame) for frame in frames]
