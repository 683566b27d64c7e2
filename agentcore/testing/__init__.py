"""Tools for tests of agents, and of backends.

- `InlineBackend`, which ``connect("inline")`` opens: agents without threads, on a schedule and a
  clock that repeat to the letter;
- the pytest fixture ``agent_system``: an open system on it, closed after the test;
- `ScriptedModel`, which answers from a script, with `Streamed`, `Delayed` and `Expect` for what
  stands in it, `Asked` for what it was asked, and `ScriptError`; under pytest each test checks the
  scripts that were made in it;
- `RecordingModel`, which writes down what a model answers and repeats it without the model;
- `WordEmbedder`, with which a library finds texts by their words, without a model;
- `models_forbidden`, and ``agentcore_forbid_models`` for pytest: no real model is asked;
- `BackendConformance`: the suite that every backend passes; `SandboxConformance`: that of
  sandboxes;
- `agentcore.testing.strategies`: messages, agents, schedules and faults for Hypothesis.

This package may import every other package of agentcore, and none of them imports it. It may not
import pytest or Hypothesis before one of the names is asked for that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentcore.base.extras import require_extra
from agentcore.testing.inline.backend import InlineBackend, InlineSettings
from agentcore.testing.inline.faults import Fault
from agentcore.testing.models.forbidden import models_forbidden
from agentcore.testing.models.recording import RecordingModel
from agentcore.testing.models.script_items import Asked, Delayed, Expect, ScriptError, Streamed
from agentcore.testing.models.scripted import ScriptedModel
from agentcore.testing.word_embedder import WordEmbedder

if TYPE_CHECKING:
    from agentcore.testing.conformance.backend_conformance import BackendConformance
    from agentcore.testing.conformance.sandbox_conformance import SandboxConformance

__all__ = [
    "Asked",
    "BackendConformance",
    "Delayed",
    "Expect",
    "Fault",
    "InlineBackend",
    "InlineSettings",
    "RecordingModel",
    "SandboxConformance",
    "ScriptError",
    "ScriptedModel",
    "Streamed",
    "WordEmbedder",
    "models_forbidden",
]


def __getattr__(name: str) -> Any:
    """Import a suite when it is first used, because it needs pytest and the rest does not."""
    if name == "BackendConformance":
        require_extra("pytest", "testing", "BackendConformance")
        from agentcore.testing.conformance.backend_conformance import BackendConformance

        return BackendConformance
    if name == "SandboxConformance":
        require_extra("pytest", "testing", "SandboxConformance")
        from agentcore.testing.conformance.sandbox_conformance import SandboxConformance

        return SandboxConformance
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
