"""What an agent says of itself, for others, without a turn of it.

An agent that was asked in a turn might be waiting for the one that asks, or be busy for long.
"""

from __future__ import annotations

from typing import Any

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat import Chat
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.packets import Answer, Question
from agentcore.runtime.runtime_port import RuntimePort

__all__ = ["Descriptions"]


class Descriptions:
    """The descriptions of the agents of one process, for agents of this process and of others."""

    def __init__(self, runtime: RuntimePort) -> None:
        self._runtime = runtime

    def of(self, ref: AgentRef) -> str | Chat:
        """Return the description of an agent; of another process, a handle of the request for it.

        An agent that is not there has none, nor has a pool.
        """
        runtime = self._runtime
        if ref.is_pool:  # its agents are made when their sessions begin
            return ""
        if ref.place == runtime.place:
            return self._here(ref.address)
        chat = runtime.new_ticket(ref)
        runtime.send_to(ref.place, Question(chat._id, "describe", (ref.address,), runtime.place))
        return chat

    def asked(self, question: Question) -> None:
        """Answer another process."""
        outcome = Outcome(self._here(*question.args))
        self._runtime.send_to(question.asker, Answer(question.id, outcome))

    def _here(self, name: str) -> str:
        mailbox = self._runtime.mailboxes.get(name)
        agent: Any = None if mailbox is None else mailbox.agent
        return str(getattr(agent, "description", "") or "")
