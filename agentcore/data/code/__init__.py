"""Answers by code that a model writes and a sandbox runs."""

from agentcore.data.code.agent import CodeAgent
from agentcore.data.code.analyst import CodeAnalyst

__all__ = ["CodeAgent", "CodeAnalyst"]
