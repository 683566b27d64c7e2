"""The thread backend passes the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect
from agentcore.testing import BackendConformance


class TestThread(BackendConformance):
    """On real threads, and on whatever schedule they happen to have."""

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """A new system for each test."""
        with connect("thread") as system:
            yield system
