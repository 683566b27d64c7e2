"""What a rule may decide, other than to say something or nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.transcript import StopKind

__all__ = ["ForwardReply", "Handoff", "InSteps", "StopReply", "pass_on"]


@attrs.frozen
class Handoff:
    """A reply: the conversation goes on with another agent, and whoever began it is told.

    ``return True, Handoff("carol", "A customer wants a refund.")``. The message goes through the
    initiator, who records it and passes it on; what the other agent answers goes to the initiator.
    Its metadata has ``handoff``, with who handed off to whom.

    Attributes:
        to: the agent that takes over: a ref, a name or a hosted agent.
        message: what it is told; without one, the message that is being answered.
    """

    to: AgentLike
    message: MessageLike | None = None

    def message_of(self, answered: Message, sender: str, to: str) -> Message:
        """Give the message that goes to the agent that takes over."""
        message = answered if self.message is None else as_message(self.message)
        handoff = {"from": sender, "to": to}
        return _with(message, metadata={**message.metadata, "handoff": handoff}, name=sender)


@attrs.frozen
class ForwardReply:
    """What was said in a conversation of this agent's is passed on to another agent.

    Attributes:
        to: the agent, which takes the recipient's place.
        message: what was said.
        earlier: what was said before it, and is new to ``to``.
        mine: automatic replies in a row that ``to`` has sent in this conversation.
        opening: whether it is the first that ``to`` gets of it.
        again: whether ``to`` has it already: it said it itself, and is to speak again.
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
    """The conversation stops, for a reason of its own."""

    kind: StopKind
    detail: str = ""


@attrs.frozen
class InSteps:
    """What a rule decides takes several steps: a generator, which yields what is to be awaited.

    It is sent what came of that, and its value is the reply.
    """

    steps: Generator[Any, Any, Any]


def _with(message: Message, **changes: Any) -> Message:
    return Message(**{**dict(message), **changes})
