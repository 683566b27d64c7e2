"""What thinking uses of an agent."""

from __future__ import annotations

from typing import Protocol

from agentcore.agents.model_options import ModelOptions
from agentcore.runtime.ports import HostedAgent

__all__ = ["Thinker"]


class Thinker(HostedAgent, Protocol):
    """An agent as the files see it that ask its model and run its tools; `ConversableAgent` is one.

    Attributes:
        system_message: what its model is told first.
    """

    system_message: str
    _model_options: ModelOptions | None
