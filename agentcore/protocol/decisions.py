"""Replies that are no messages: to hand off, to forward, to stop, or to take several steps."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.stop import StopKind

__all__ = ["ForwardReply", "Handoff", "InSteps", "StopReply", "pass_on"]


@attrs.frozen
class Handoff:
    """A reply that hands the conversation off to another agent, which becomes the recipient.

    The message goes to the initiator, who records and forwards it. The other agent then answers
    the initiator. The message's metadata has ``handoff``: who handed off to whom. As long as the
    history is not cleared, the initiator's next message goes to the other agent, too.

    A tool that a model calls may return one, too; ``handoffs=`` of an agent offers such tools.

    Attributes:
        to: the agent that takes over: a ref, a name or an agent object.
        message: what it is told, as words of the agent that hands off; by default the message that
            is being answered, as words of who said it.

    Examples:
        >>> class Clerk:
        ...     @agent_reply()
        ...     def answer(self):
        ...         return True, Handoff("carol", "A customer wants a refund.")
    """

    to: AgentLike
    message: MessageLike | None = None

    def message_of(self, answered: Message, sender: str, to: str, by: str = "") -> Message:
        """Return the message that goes to the agent that takes over.

        Args:
            answered: the message that is being answered.
            sender, to: names of the agent that hands off, and of the one that takes over.
            by: the name of who said it; by default the sender's.
        """
        message = answered if self.message is None else as_message(self.message)
        metadata = {**message.metadata, "handoff": {"from": sender, "to": to}}
        if self.message is None:
            metadata.pop("usage", None)  # the tokens count where the message was said
        return _with(message, metadata=metadata, name=by or sender)

    @staticmethod
    def note(to: str) -> Message:
        """Return what histories have of a handoff that has no words of its own."""
        return Message(f"(handed off to {to!r})")


@attrs.frozen
class ForwardReply:
    """A reply of an initiator that forwards what was said to another agent.

    That agent becomes the recipient of the conversation.

    Attributes:
        to: the agent.
        message: what was said.
        earlier: messages from before it that ``to`` has not seen yet.
        mine: automatic replies in a row that ``to`` has sent in this conversation.
        opening: whether it is the first message of the conversation that ``to`` gets.
        again: whether ``to`` said it itself, so that it has it already and is to speak again.
    """

    to: AgentRef
    message: Message
    earlier: tuple[Message, ...] = ()
    mine: int = 0
    opening: bool = False
    again: bool = False


pass_on = fast_constructor(ForwardReply)


@attrs.frozen
class StopReply:
    """A reply that stops the conversation, for the reason ``kind``; ``detail`` is in words."""

    kind: StopKind
    detail: str = ""


@attrs.frozen
class InSteps:
    """A result of a rule that must wait before it can decide: a generator of its steps.

    The generator yields what is to be awaited and is sent the outcome, so that the turn holds no
    thread meanwhile. The generator's return value is the reply.
    """

    steps: Generator[Any, Any, Any]


def _with(message: Message, **changes: Any) -> Message:
    return Message(**{**dict(message), **changes})
