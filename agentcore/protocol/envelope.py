"""Envelopes: messages on their way to an agent, with the state of their conversation.

No agent keeps the state of a conversation: it travels in the envelope, so that an agent in any
process can go on with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVar

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

T = TypeVar("T")


@attrs.frozen
class CallContext:
    """What a turn inherits from the conversation or call that it is part of.

    Attributes:
        chain: names of the agents that wait for the turn, outermost first.
        deadline: the time by which the turn must be over, in seconds of this process's monotonic
            clock; ``None`` if it may take any time.
        console: the place whose console shows the messages, and where a human is asked.
        silent: whether nothing is printed.
        root: the id of the outermost conversation, and the budget of its first message; the
            console of a system of several processes orders messages by it.
        session: tells its histories from others of the same agents; empty for none.
        origin: the address of the agent that began the outermost conversation.
        variables: the context variables of who began that, in the process where it was begun;
            ``None`` if none was set, and in other processes.
    """

    chain: tuple[str, ...] = ()
    deadline: float | None = None
    console: str = ""
    silent: bool = False
    root: tuple[str, int] = ("", 0)
    session: str = ""
    origin: str = ""
    variables: Context | None = attrs.field(default=None, eq=False, repr=False)

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function with the context variables of who began the outermost conversation.

        Each call has a copy of them, since several turns may run at once.
        """
        if self.variables is None:
            return function(*args)
        return self.variables.copy().run(function, *args)

    def narrowed(
        self, silent: bool, timeout: float | None, now: Callable[[], float], session: str = ""
    ) -> CallContext:
        """Give the context of a nested conversation, which may be silent or have less time.

        It is silent if either this context or ``silent`` says so, has the earlier deadline, and
        the session of this context unless it has one of its own.

        Args:
            silent: whether nothing of the nested conversation is printed.
            timeout: seconds from now; ``None`` keeps the deadline of this context.
            now: the time on this process's monotonic clock, in seconds.
            session: of the nested conversation; empty keeps that of this context.
        """
        if timeout is None and silent <= self.silent and not session:
            return self
        deadline = self.deadline
        if timeout is not None:
            own = now() + timeout
            deadline = own if deadline is None else min(own, deadline)
        silent, session = silent or self.silent, session or self.session
        return attrs.evolve(self, silent=silent, deadline=deadline, session=session)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the time that is left, because the monotonic clocks of two processes differ."""
        left = None if self.deadline is None else self.deadline - time.monotonic()
        rest = (self.console, self.silent, self.root, self.session, self.origin)
        return _arrive, (self.chain, left, *rest)


def _arrive(chain: tuple[str, ...], left: float | None, *rest: Any) -> CallContext:
    deadline = None if left is None else time.monotonic() + left
    return CallContext(chain, deadline, *rest)


@attrs.frozen
class Conversation:
    """What stays the same from the first message of a conversation to its stop.

    Attributes:
        id: unique in its system.
        initiator: the agent that began it.
        recipient: the agent that the initiator converses with.
        inherited: the context that its turns inherit.
        fresh: whether both clear their earlier history with each other first.
        wanted: whether an answer is wanted; otherwise the message is only delivered.
        part: the number of the part of a question to many that it is, which is answered once; -1
            for an ordinary conversation.
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
    """How a message is to be taken that is no plain message from one agent to the other.

    Attributes:
        passed: whether the initiator forwards what other agents said.
        earlier: messages from before it that the recipient has not seen yet.
        handoff: the agent that the initiator is to forward the message to, because the recipient
            handed the conversation off; ``None`` otherwise.
        again: whether the recipient has the message in its history already, and is only to answer.
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
        conversation: what stays the same in it.
        message: what is said.
        exchange: the state of the conversation, which the receiving turn takes over.
        to_initiator: whether it goes from the recipient to the initiator, or the other way.
        nested: messages of conversations that the sender's turn began.
        condition: the ``until=`` condition that holds at this message, in words; else empty.
        opening: whether it is the first message of the conversation that this agent gets.
        route: how it is to be taken, if it is no plain message.
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
    """Make the envelope of one part of a question to many."""
    if not inherited.silent:
        # All parts run at the same time with budgets of their own, so the console can order the
        # messages within each part only.
        root = (f"{inherited.root[0]}/{id}#{part}", share.budget)
        inherited = attrs.evolve(inherited, root=root)
    conversation = conversation_with(id, asker, to, inherited, False, True, part)
    return envelope(conversation, message, share, False, (), "", True, None)
