"""A model of the configuration that answers from a script."""

from __future__ import annotations

from agentcore.models import ModelSettings
from agentcore.testing import ScriptedModel


def scripted(settings: ModelSettings) -> ScriptedModel:
    """Make it, as ``provider = "scripts:scripted"`` says."""
    return ScriptedModel(then="scripted answer")
