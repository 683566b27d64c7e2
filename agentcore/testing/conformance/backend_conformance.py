"""The suite that every backend passes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from agentcore.base.errors import AgentCoreError
from agentcore.runtime.system import AgentSystem, connect
from agentcore.testing.conformance.failures import Failures
from agentcore.testing.conformance.groups import Groups
from agentcore.testing.conformance.many import Many
from agentcore.testing.conformance.nested import Nested
from agentcore.testing.conformance.stops import Stops
from agentcore.testing.conformance.thinking import Thinking
from agentcore.testing.conformance.tools import Tools
from agentcore.testing.conformance.turns import Turns

__all__ = ["BackendConformance"]


class BackendConformance(Turns, Stops, Nested, Failures, Thinking, Tools, Groups, Many):
    """The behaviour of agentcore, as tests of a backend.

    Derive from it in a test module, and override the fixture `system`::

        class TestMyBackend(BackendConformance):
            @pytest.fixture
            def system(self):
                with connect("mine") as system:
                    yield system

    The same system may serve many tests: each closes the agents that it spawned.
    """

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """Give an open system on the backend: to be overridden."""
        raise NotImplementedError("override the fixture `system` to give an open system")

    @pytest.fixture
    def second_system(self, system: AgentSystem) -> Iterator[AgentSystem]:
        """Give another one, for tests that close it; to be overridden if need be."""
        with connect(system._runtime.core.backend) as second:
            yield second

    @pytest.fixture(autouse=True)
    def _close_agents(self, system: AgentSystem) -> Iterator[None]:
        yield
        with contextlib.suppress(AgentCoreError):
            for ref in system.agents():
                with contextlib.suppress(AgentCoreError):
                    ref.close()
