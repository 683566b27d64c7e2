"""The systems that the tests of streams run on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentcore import (
    AgentSystem,
    connect,
)
from agentcore.backend import open_system
from tests.unit.runtime.streams.paired_places import Paired


@pytest.fixture(params=["thread", "inline"])
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    with connect(request.param) as system:
        yield system


@pytest.fixture
def threads() -> Iterator[AgentSystem]:
    """For what takes several threads, or happens while nobody waits."""
    with connect("thread") as system:
        yield system


@pytest.fixture
def pair() -> Iterator[Callable[..., tuple[AgentSystem, AgentSystem]]]:
    systems: list[AgentSystem] = []

    def make(**settings: Any) -> tuple[AgentSystem, AgentSystem]:
        places: dict[str, Paired] = {}
        systems.extend(open_system(Paired(place, places, **settings)) for place in "ab")
        return systems[0], systems[1]

    yield make
    for system in systems:
        system.close()
