"""One thought: what stays the same while a model thinks about one message."""

from __future__ import annotations

from typing import Any

import attrs

from agentcore.agents.model_options import ModelOptions
from agentcore.agents.thinker import Thinker
from agentcore.base.steps import Steps
from agentcore.models.calls import completing
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion
from agentcore.protocol.transcript import Entry
from agentcore.runtime.turns.turn import Turn
from agentcore.tools.decorator import Tool

__all__ = ["Thought", "answer_metadata"]


@attrs.define
class Thought:
    """What stays the same while a model thinks about one message.

    Attributes:
        agent: whose model it is.
        turn: in which it is asked; ``None`` outside of any.
        model: what is asked.
        options: the agent's, that have to do with models.
        tools: what the model may call, by name.
        history: the agent's with the peer, or a list of messages outside of any turn.
        peer: who is to be answered.
    """

    agent: Thinker
    turn: Turn | None
    model: Any
    options: ModelOptions
    tools: dict[str, Tool]
    history: Any
    peer: AgentRef

    def timeout(self) -> float | None:
        """Give the seconds that the conversation has left."""
        turn = self.turn
        deadline = None if turn is None else turn.inherited.deadline
        if turn is None or deadline is None:
            return None
        return max(0.0, deadline - turn.runtime.backend.now())

    def arguments(self) -> dict[str, Any]:
        """Give what the model is asked with, beside the messages."""
        specs = [tool.spec() for tool in self.tools.values()]
        return {"tools": specs, "sampling": self.options.sampling, "timeout": self.timeout()}

    def ask(self, shown: list[Any]) -> Steps:
        """Ask the model for its answer to what it is shown."""
        return completing(self.model, shown, **self.arguments())

    def spend(self, message: Message) -> None:
        """Put what the agent says to itself into the transcript; it costs a turn.

        Raises:
            BudgetSpentError: no turn is left.
        """
        if self.turn is not None:
            name = self.agent.name
            self.turn.spend((Entry(name, name, message, 1),))


def answer_metadata(completion: Completion, cut: Any = None) -> dict[str, Any]:
    """Give the metadata of a model's answer: its usage, and what was odd about it.

    Args:
        cut: how much of the history the model was shown, where that was not all.
    """
    metadata: dict[str, Any] = {}
    if completion.usage:
        metadata["usage"] = completion.usage.as_dict()
    if completion.finish_reason not in ("stop", "tool_calls"):
        metadata["finish_reason"] = completion.finish_reason
    if cut is not None:
        metadata["history"] = cut
    return metadata
