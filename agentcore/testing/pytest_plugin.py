"""A pytest plugin, at hand wherever agentcore is installed: the fixture ``agent_system``.

It opens a system for a test, on the inline backend, which has no thread and repeats to the
letter. ``--agentcore-backend=thread``, or ``agentcore_backend`` in the ini file, chooses another.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

__all__ = ["agent_system", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the backend be chosen."""
    text = "backend of the fixture agent_system (default: inline)"
    parser.addini("agentcore_backend", text, default="inline")
    parser.getgroup("agentcore").addoption("--agentcore-backend", help=text)


@pytest.fixture
def agent_system(request: pytest.FixtureRequest) -> Iterator[object]:
    """An open system of agents, closed after the test."""
    from agentcore import connect  # here: the plugin is loaded in every run of pytest

    config = request.config
    backend = config.getoption("--agentcore-backend") or config.getini("agentcore_backend")
    with connect(str(backend)) as system:
        yield system
