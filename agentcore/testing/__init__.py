"""Tools for tests of agents, and of backends.

- `InlineBackend`, which ``connect("inline")`` opens: agents without threads, on a schedule and a
  clock that repeat to the letter;
- the pytest fixture ``agent_system``: an open system on it, closed after the test;
- `BackendConformance`: the suite that every backend passes;
- `agentcore.testing.strategies`: messages, agents, schedules and faults for Hypothesis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentcore.testing._faults import Fault
from agentcore.testing._inline import InlineBackend, InlineSettings

if TYPE_CHECKING:
    from agentcore.testing._conformance import BackendConformance

__all__ = ["BackendConformance", "Fault", "InlineBackend", "InlineSettings"]


def __getattr__(name: str) -> Any:
    """Import the suite when it is asked for: it needs pytest, and the rest does not."""
    if name == "BackendConformance":
        from agentcore.testing._conformance import BackendConformance

        return BackendConformance
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
