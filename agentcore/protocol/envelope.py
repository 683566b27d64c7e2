"""Envelopes: messages on their way to an agent, with the state of their conversation."""

from __future__ import annotations

import time
from typing import Any

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.state import Exchange
from agentcore.protocol.transcript import Entry

__all__ = [
    "CallContext",
    "Conversation",
    "Envelope",
    "Route",
    "ask_all_envelope",
    "conversation_with",
    "envelope",
    "route_of",
]


@attrs.frozen
class CallContext:
    """What a turn inherits from the conversation or call that it is part of.

    Attributes:
        chain: names of the agents that wait for the turn, outermost first.
        deadline: when its time is up, in seconds of this process's monotonic clock.
        console: the place where messages are shown and a human is asked.
        root: the id of the outermost conversation, and the budget of its first message.
        silent: whether nothing is printed.
    """

    chain: tuple[str, ...] = ()
    deadline: float | None = None
    console: str = ""
    silent: bool = False
    root: tuple[str, int] = ("", 0)

    def narrowed(self, silent: bool, timeout: float | None, now: float) -> CallContext:
        """Give the context of something that may be quieter, and may have less time.

        Args:
            timeout: seconds from now; ``None`` for as long as this context has.
            now: the time on this process's monotonic clock, in seconds.
        """
        if timeout is None and silent <= self.silent:
            return self
        deadline = self.deadline
        if timeout is not None:
            deadline = now + timeout if deadline is None else min(now + timeout, deadline)
        return attrs.evolve(self, silent=silent or self.silent, deadline=deadline)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process, whose clock is another: what counts is the time left."""
        left = None if self.deadline is None else self.deadline - time.monotonic()
        return _arrive, (self.chain, left, self.console, self.silent, self.root)


def _arrive(
    chain: tuple[str, ...], left: float | None, console: str, silent: bool, root: tuple[str, int]
) -> CallContext:
    deadline = None if left is None else time.monotonic() + left
    return CallContext(chain, deadline, console, silent, root)


@attrs.frozen
class Conversation:
    """What stays the same from the first message of a conversation to its stop.

    Attributes:
        id: unique in its system.
        initiator, recipient: the two who converse.
        inherited: what its turns inherit.
        fresh: whether both forget their earlier history with each other first.
        wanted: whether an answer is wanted.
        part: which part of a question to many it is, of which one answer is wanted; -1 for none.
    """

    id: str
    initiator: AgentRef
    recipient: AgentRef
    inherited: CallContext
    fresh: bool = False
    wanted: bool = True
    part: int = -1


conversation_with = fast_constructor(Conversation)


@attrs.frozen
class Route:
    """How a message goes on that is not simply answered.

    Attributes:
        passed: whether the initiator passes it on, and others said it.
        earlier: what was said before it, and is new to the recipient.
        handoff: whom the recipient wants the initiator to pass it on to.
        again: whether the recipient has it already, and only is to answer it.
    """

    passed: bool = False
    earlier: tuple[Message, ...] = ()
    handoff: AgentRef | None = None
    again: bool = False


route_of = fast_constructor(Route)


@attrs.frozen
class Envelope:
    """A message on its way, with the state of its conversation.

    Attributes:
        to_initiator: which way it goes.
        exchange: the conversation's state.
        nested: what was said in conversations that the sender's turn began.
        condition: in words, which ``until`` condition holds at this message, if one does.
        opening: whether it is the first of its conversation that its recipient gets.
        route: how it goes on, if it is not simply answered.
    """

    conversation: Conversation
    message: Message
    exchange: Exchange
    to_initiator: bool
    nested: tuple[Entry, ...] = ()
    condition: str = ""
    opening: bool = False
    route: Route | None = None

    @property
    def to(self) -> AgentRef:
        """The agent that it is for."""
        conversation = self.conversation
        return conversation.initiator if self.to_initiator else conversation.recipient

    @property
    def sender(self) -> AgentRef:
        """The agent that it is from."""
        conversation = self.conversation
        return conversation.recipient if self.to_initiator else conversation.initiator

    @property
    def chain(self) -> tuple[str, ...]:
        """The agents that wait for its turn."""
        return self.conversation.inherited.chain


envelope = fast_constructor(Envelope)


def ask_all_envelope(
    id: str, part: int, asker: AgentRef, to: AgentRef,
    message: Message, share: Exchange, inherited: CallContext,
) -> Envelope:  # fmt: skip
    """Give one part of a question to many, as an envelope."""
    if not inherited.silent:  # parts run at once: each is shown in an order of its own
        root = (f"{inherited.root[0]}/{id}#{part}", share.budget)
        inherited = attrs.evolve(inherited, root=root)
    conversation = conversation_with(id, asker, to, inherited, False, True, part)
    return envelope(conversation, message, share, False, (), "", True, None)
