"""The Ray backend passes the conformance suite, on a real local cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect
from agentcore.testing import BackendConformance


@pytest.mark.ray
class TestRay(BackendConformance):
    """Two hosts for all of the tests, and fresh agents on them for each."""

    @pytest.fixture
    def system(self, ray_system: AgentSystem) -> AgentSystem:
        """The system of this module."""
        return ray_system

    @pytest.fixture
    def second_system(self, ray_system: AgentSystem) -> Iterator[AgentSystem]:
        """Another one, on the same cluster."""
        with connect("ray", hosts=1) as system:
            yield system
