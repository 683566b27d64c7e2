"""`MessageBox`: what was said in a session, and what its agents are told."""

from __future__ import annotations

from typing import Any, Final

from agentcore.data.answer import Answer
from agentcore.protocol.message import Message

__all__ = ["MessageBox"]

_KEPT: Final = 200  # messages; older ones are forgotten


class MessageBox:
    """What was said in a session, and what each of its agents is told beside a question.

    Attributes:
        notes: the system message of each agent that was given one, by its name.
    """

    def __init__(self) -> None:
        self._said: list[Message] = []
        self.notes: dict[str, str] = {}

    def put(self, question: str, answer: Answer, agent: str) -> None:
        """Keep a question, and the answer of an agent to it."""
        about = {"agent": agent}
        self._said.append(Message(question, role="user", metadata=about))
        told = {**about, "answer": answer.to_plain()}
        self._said.append(Message(answer.text, role="assistant", metadata=told))
        del self._said[:-_KEPT]

    def history(self) -> list[dict[str, Any]]:
        """Return what was answered, for analysts to see what a question follows from."""
        pairs = zip(self._said[::2], self._said[1::2], strict=True)
        good = [pair for pair in pairs if not pair[1]["metadata"]["answer"]["failed"]]
        return [dict(message) for pair in good for message in pair]

    def messages(self, agent: str | None = None) -> tuple[Message, ...]:
        """Return all messages, or those of one agent."""
        return tuple(
            message
            for message in self._said
            if agent is None or (message["metadata"] or {}).get("agent") == agent
        )

    def last(self) -> Message | None:
        """Return the last answer; ``None`` if there is none."""
        return self._said[-1] if self._said else None

    def clear(self, agent: str | None = None) -> None:
        """Forget the messages of one agent, or all."""
        kept = self.messages(agent)
        self._said = [message for message in self._said if message not in kept]

    def system_messages(self) -> dict[str, str]:
        """Return the system message of each agent that was given one."""
        return dict(self.notes)

    def set_system_message(self, agent: str, text: str) -> None:
        """Set what an agent is told beside each question."""
        self.notes = {**self.notes, agent: text}
