"""The two places that tests of the runtime share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentcore import AgentSystem
from agentcore.backend import open_system
from tests.unit.runtime.paired_places import Paired


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
