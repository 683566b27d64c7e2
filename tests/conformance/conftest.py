"""What the conformance tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect

# Before they are imported: their assertions are to say what they found.
PARTS = ("turns", "stops", "nested", "failures", "thinking", "tools", "groups", "many")
for part in ("", *(f"_{part}" for part in PARTS)):
    pytest.register_assert_rewrite(f"agentcore.testing.conformance.suite{part}")


@pytest.fixture(scope="module")
def ray_system(ray_cluster: None) -> Iterator[AgentSystem]:
    """A system of two hosts on the cluster, for all tests of a module."""
    with connect("ray", hosts=2) as system:
        yield system
