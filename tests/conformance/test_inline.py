"""The inline backend passes the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect
from agentcore.testing import BackendConformance


class TestInline(BackendConformance):
    """On a schedule that a seed decides."""

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """A new system for each test, which costs nothing."""
        with connect("inline") as system:
            yield system
