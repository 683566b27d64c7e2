"""`Thinker`: what the steps of a model's turn use of an agent."""

from __future__ import annotations

from typing import Any, Protocol

from agentcore.agents.chat_messages import ChatMessages
from agentcore.agents.model_options import ModelOptions
from agentcore.runtime.ports import HostedAgent

__all__ = ["Thinker"]


class Thinker(HostedAgent, Protocol):
    """An agent, for the functions that ask its model and run its tools.

    `ConversableAgent` implements it, and imports those functions, so they cannot import it.

    Attributes:
        system_message: the text that its model is given first.
        retrieval: a library, whose passages its model is shown.
    """

    system_message: str
    retrieval: Any
    _model_options: ModelOptions | None

    @property
    def _messages(self) -> ChatMessages:
        """Its histories, by the names of its peers."""
        raise NotImplementedError
