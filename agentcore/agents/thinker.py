"""`Thinker`: what the steps of a model's turn use of an agent."""

from __future__ import annotations

from typing import Protocol

from agentcore.agents.model_options import ModelOptions
from agentcore.agents.peer_histories import PeerHistories
from agentcore.runtime.ports import HostedAgent

__all__ = ["Thinker"]


class Thinker(HostedAgent, Protocol):
    """An agent, for the functions that ask its model and run its tools.

    `ConversableAgent` implements it, and imports those functions, so they cannot import it.

    Attributes:
        system_message: the text that its model is given first.
    """

    system_message: str
    _model_options: ModelOptions | None

    @property
    def _messages(self) -> PeerHistories:
        """Its histories, by the names of its peers."""
        raise NotImplementedError
