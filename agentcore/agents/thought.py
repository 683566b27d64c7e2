"""`Thought`: what stays the same while a model is asked about one message."""

from __future__ import annotations

from typing import Any

import attrs

from agentcore.agents.model_options import ModelOptions
from agentcore.agents.thinker import Thinker
from agentcore.base.steps import Steps
from agentcore.models.calls import completing
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.decisions import StopReply
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Completion
from agentcore.protocol.stop import StopKind
from agentcore.protocol.transcript import Entry
from agentcore.runtime.turns.message_turn import MessageTurn
from agentcore.runtime.turns.turn import Turn
from agentcore.tools.decorator import Tool

__all__ = ["Thought", "answer_metadata"]


@attrs.define
class Thought:
    """What stays the same while a model is asked about one message, perhaps several times.

    Attributes:
        agent: the agent.
        turn: its turn; ``None`` outside of any conversation.
        model: the agent's model.
        options: the agent's options about models and tools.
        tools: the tools that the model may call, by name.
        history: the agent's history with the peer; outside of a conversation, a list of messages.
        peer: the agent that is answered.
        asked_again: whether it gave no answer, and was asked for one once more.
        earlier: what the model thought aloud when it gave no answer.
        knowledge: what the model is told from ``retrieval=`` and ``memory=``; ``None`` before these
            were asked.
    """

    agent: Thinker
    turn: Turn | None
    model: Any
    options: ModelOptions
    tools: dict[str, Tool]
    history: Any
    peer: AgentRef
    asked_again: bool = False
    earlier: str = ""
    knowledge: str | None = None

    def timeout(self) -> float | None:
        """Give the seconds that the conversation has left; ``None`` if it may take any time."""
        turn = self.turn
        deadline = None if turn is None else turn.inherited.deadline
        if turn is None or deadline is None:
            return None
        return max(0.0, deadline - turn.runtime.backend.now())

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of ``complete`` and ``stream``, other than the messages."""
        specs = [tool.spec() for tool in self.tools.values()]
        return {"tools": specs, "sampling": self.options.sampling, "timeout": self.timeout()}

    def ask(self, shown: list[Any]) -> Steps:
        """Give the steps that ask the model to answer these messages."""
        show = self.options.show_thinking
        return completing(self.model, shown, show_thinking=show, **self.arguments())

    def with_earlier(self, completion: Completion) -> Completion:
        """Give an answer, with what was thought before it when there was none."""
        if not self.earlier:
            return completion
        thinking = "\n\n".join(each for each in (self.earlier, completion.thinking) if each)
        return attrs.evolve(completion, thinking=thinking)

    def spend(self, message: Message) -> None:
        """Add a message of the agent to itself to the transcript, which costs a turn.

        Raises:
            BudgetSpentError: no turn is left.
        """
        if self.turn is not None:
            name = self.agent.name
            self.turn.spend((Entry(name, name, message, 1),))

    def stop_at(self, proposal: Message, to: str) -> StopReply | None:
        """Return the stop, if the condition of ``until=`` holds once these calls are proposed.

        The proposal is in the transcript then, and none of its calls is to be run.

        Args:
            to: the name of the agent that is to run them.
        """
        if not isinstance(self.turn, MessageTurn):
            return None
        entry = Entry(self.agent.name, to, proposal, 1)
        held = self.turn.foresee(entry)
        if not held:
            return None
        self.turn.spend((entry,))
        return StopReply(StopKind.CONDITION, held)


def answer_metadata(completion: Completion, cut: Any = None) -> dict[str, Any]:
    """Give the metadata of a model's answer: its usage, its thinking, an unusual finish reason.

    Args:
        cut: how many messages the model was shown, of how many; ``None`` if all.
    """
    metadata: dict[str, Any] = {}
    if completion.usage:
        metadata["usage"] = completion.usage.as_dict()
    if completion.finish_reason not in ("stop", "tool_calls"):
        metadata["finish_reason"] = completion.finish_reason
    if completion.thinking:
        metadata["thinking"] = completion.thinking
    if cut is not None:
        metadata["history"] = cut
    return metadata
