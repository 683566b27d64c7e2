"""Places: the names of a system's processes, which refs carry and messages are routed by.

A shared host is ``h0``, a host of one agent ``d-1f0a``, a driver ``driver-1f0a@h0``. A driver
cannot be called, so its name ends with its relay: the host that it polls for its frames.
"""

from __future__ import annotations

import uuid

__all__ = [
    "host_of",
    "is_dedicated",
    "is_driver",
    "new_dedicated_place",
    "new_driver_place",
    "shared_places",
]

DRIVER = "driver-"
DEDICATED = "d-"


def shared_places(count: int) -> tuple[str, ...]:
    """Name the hosts that agents share."""
    return tuple(f"h{index}" for index in range(count))


def new_dedicated_place() -> str:
    """Name a host that one agent has to itself."""
    return f"{DEDICATED}{uuid.uuid4().hex[:8]}"


def new_driver_place(relay: str) -> str:
    """Name a driver that polls the host ``relay``."""
    return f"{DRIVER}{uuid.uuid4().hex[:8]}@{relay}"


def is_dedicated(place: str) -> bool:
    """Return whether a place is a host that one agent has to itself."""
    return place.startswith(DEDICATED)


def is_driver(place: str) -> bool:
    """Return whether a place is a driver, which cannot be called."""
    return place.startswith(DRIVER)


def host_of(place: str) -> str:
    """Give the host to call to reach a place: the place itself, or a driver's relay."""
    return place.rpartition("@")[2]
