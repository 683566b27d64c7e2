"""Each backend once, for all examples of a module; on Ray they share hosts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentcore import AgentSystem, connect

BACKENDS = ["inline", "thread", pytest.param("ray", marks=pytest.mark.ray)]


@pytest.fixture(scope="module", params=BACKENDS)
def system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """An open system; examples spawn fresh agents on it."""
    options = {}
    if request.param == "ray":
        request.getfixturevalue("ray_cluster")
        options = {"hosts": 2}
    with connect(request.param, **options) as system:
        yield system
