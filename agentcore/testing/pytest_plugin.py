"""A pytest plugin, at hand wherever agentcore is installed: the fixture ``agent_system``.

It opens a system for a test, on the inline backend, which has no thread and repeats to the
letter. ``--agentcore-backend=thread``, or ``agentcore_backend`` in the ini file, chooses another;
``--agentcore-seed=3`` another schedule of the inline backend. A test that fails says which it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from agentcore import AgentSystem

__all__ = ["agent_system", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let backend and seed be chosen."""
    text = "backend of the fixture agent_system (default: inline)"
    parser.addini("agentcore_backend", text, default="inline")
    group = parser.getgroup("agentcore")
    group.addoption("--agentcore-backend", help=text)
    group.addoption("--agentcore-seed", type=int, help="seed of its inline backend (default: 0)")


@pytest.fixture
def agent_system(request: pytest.FixtureRequest) -> Iterator[AgentSystem]:
    """An open system of agents, closed after the test."""
    from agentcore import connect  # here: the plugin is loaded in every run of pytest

    config = request.config
    name = str(config.getoption("--agentcore-backend") or config.getini("agentcore_backend"))
    options: dict[str, Any] = {}
    told = f"--agentcore-backend={name}"
    if name == "inline":
        options["seed"] = config.getoption("--agentcore-seed") or 0
        told += f" --agentcore-seed={options['seed']}"
    request.node.add_report_section("setup", "agent_system", f"repeat it with {told}")
    with connect(name, **options) as system:
        yield system
