"""The systems that the tests of streams run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import (
    AgentSystem,
    connect,
)


@pytest.fixture(params=["thread", "inline"])
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    with connect(request.param) as system:
        yield system


@pytest.fixture
def threads() -> Iterator[AgentSystem]:
    """For what takes several threads, or happens while nobody waits."""
    with connect("thread") as system:
        yield system
