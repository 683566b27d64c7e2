"""What the conformance tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect

# Before they are imported, so that a failed assertion of a suite shows what it compared.
pytest.register_assert_rewrite("agentcore.testing.conformance")


@pytest.fixture(scope="module")
def ray_system(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts on the cluster, for all tests of a module."""
    with connect("ray", hosts=2) as system:
        yield system
