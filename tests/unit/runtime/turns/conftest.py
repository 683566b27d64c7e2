"""The system that the tests of turns run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import (
    AgentSystem,
    connect,
)


@pytest.fixture
def system() -> Iterator[AgentSystem]:
    """An open system on threads."""
    with connect("thread") as system:
        yield system
