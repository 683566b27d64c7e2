"""Packets: what the processes of a system tell each other, other than envelopes.

`Begin` and `Call` are put into an agent's mailbox, as envelopes are. All others are taken by the
runtime of the process that they reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_options import DEFAULT_OPTIONS, ChatOptions
from agentcore.protocol.envelope import CallContext, Envelope, ask_all_envelope
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.state import Exchange
from agentcore.protocol.stop import StopReason
from agentcore.protocol.transcript import Entry

__all__ = [
    "Answer",
    "AskAll",
    "AskAllReply",
    "Begin",
    "Call",
    "Cancel",
    "Question",
    "Shown",
    "Stopped",
    "WaitCycleFound",
    "WaitProbe",
    "ask_all_reply",
]


@attrs.frozen
class Begin:
    """An agent is to begin a conversation, as one of its turns.

    Attributes:
        id: the id that the conversation is to have.
        to: the agent that is to begin it.
        recipient: the agent that it is to converse with.
        message: its first message; ``None`` lets ``generate_init_message(**context)`` decide.
        context: the keyword arguments of ``generate_init_message``.
        exchange: the state that the conversation begins with, its first message paid for.
        inherited: the context that the conversation inherits.
        asker: the place that waits for the `Answer`.
        options: the conversation's.
    """

    id: str
    to: AgentRef
    recipient: Any
    message: Any
    context: Mapping[str, Any]
    exchange: Exchange
    inherited: CallContext
    asker: str
    options: ChatOptions = DEFAULT_OPTIONS

    @property
    def chain(self) -> tuple[str, ...]:
        """The agents that wait for its turn."""
        return self.inherited.chain


@attrs.frozen
class Call:
    """A method of an agent is to be run, as one of its turns.

    Attributes:
        id: names the call, so that its `Answer` finds whoever waits for it.
        to: the agent.
        method: the name of the method.
        args, kwargs: what the method is called with.
        exchange: the budget of the turn.
        inherited: the context that the turn inherits.
        asker: the place that waits for the `Answer`.
    """

    id: str
    to: AgentRef
    method: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    exchange: Exchange
    inherited: CallContext
    asker: str

    @property
    def chain(self) -> tuple[str, ...]:
        """The agents that wait for its turn."""
        return self.inherited.chain


@attrs.frozen
class Stopped:
    """The recipient's side tells the initiator's side that their conversation has stopped.

    Attributes:
        id: of the conversation.
        reason: why it stopped.
        unused: turns of its budget that are left.
        nested: messages of conversations that the recipient's last turn began.
        error: the failure that stopped it, if it was one.
        undelivered: whether its last message did not reach the recipient, and so is taken back.
    """

    id: str
    reason: StopReason
    unused: int
    nested: tuple[Entry, ...] = ()
    error: BaseException | None = None
    undelivered: bool = False


@attrs.frozen
class AskAll:
    """The parts of a question to many that are for agents of one process, in one packet.

    Attributes:
        id: of the question.
        asker: the agent that asks.
        message: what it asks.
        share: the state that each part begins with, its first message paid for.
        inherited: the context that each part inherits.
        parts: the number of each part, and the agent that it is for.
    """

    id: str
    asker: AgentRef
    message: Message
    share: Exchange
    inherited: CallContext
    parts: tuple[tuple[int, AgentRef], ...]

    def envelopes(self) -> list[Envelope]:
        """Give the envelope of each part."""
        return [
            ask_all_envelope(
                self.id, part, self.asker, to, self.message, self.share, self.inherited
            )
            for part, to in self.parts
        ]


@attrs.frozen
class AskAllReply:
    """What came of one part of a question to many.

    Attributes:
        id: of the question.
        part: the number of the part.
        message: the answer; ``None`` if there is none.
        reason: why there is none; ``None`` if there is an answer.
        unused: turns of the part's budget that are left.
        nested: messages of conversations that the answering turn began.
        error: the failure that stopped it, if it was one.
        undelivered: whether the question did not reach the agent.
    """

    id: str
    part: int
    message: Message | None
    reason: StopReason | None
    unused: int
    nested: tuple[Entry, ...] = ()
    error: BaseException | None = None
    undelivered: bool = False


ask_all_reply = fast_constructor(AskAllReply)


@attrs.frozen
class Answer:
    """The outcome of a `Begin`, a `Call` or a `Question`, for the place that asked.

    Attributes:
        id: of what was asked.
        outcome: its value, or an error.
    """

    id: str
    outcome: Outcome


@attrs.frozen
class Cancel:
    """An agent is to drop what it does for something that was cancelled, or whose time ran out.

    Attributes:
        id: of the conversation, call or question.
        agent: the name of the agent; a conversation that it began stops.
    """

    id: str
    agent: str


@attrs.frozen
class Shown:
    """A message is to be printed by the process that this goes to.

    Attributes:
        root: the id of the outermost conversation, and the budget of its first message.
        budget: the message's own budget; it falls with each message, and so gives their order.
        text: what is printed.
    """

    root: tuple[str, int]
    budget: int
    text: str


@attrs.frozen
class Question:
    """A request to the runtime of a process, which it answers without a turn of an agent.

    Attributes:
        id: names the request, so that its `Answer` finds whoever waits for it.
        what: ``human`` asks at the console, ``describe`` asks what an agent says of
            itself, ``stream`` reads chunks of a stream, ``stream_close`` ends such
            reading and is not answered.
        args: what is asked, as each kind of request needs it.
        asker: the place that waits for the `Answer`.
    """

    id: str
    what: str
    args: tuple[Any, ...]
    asker: str


@attrs.frozen
class WaitProbe:
    """A question along the waits: does a waiting agent depend on a message that has reached it?

    It does if its waits lead to an agent of the message's chain: then the wait and the message
    would wait for each other, and the agent must take the message at once.

    Attributes:
        id: of the message, in the process of the waiting agent.
        asker: the place of the waiting agent.
        agent: the name of the waiting agent.
        chain: names of the agents that wait for the message's turn.
        frontier: agents that are waited for, and whose own waits are to be followed next.
        visited: names of agents whose waits were followed already.
    """

    id: int
    asker: str
    agent: str
    chain: frozenset[str]
    frontier: tuple[AgentRef, ...]
    visited: frozenset[str]


@attrs.frozen
class WaitCycleFound:
    """The answer to a `WaitProbe`, if the waiting agent depends on the message.

    Attributes:
        id: of the message.
        agent: the name of the waiting agent, which now takes the message while it waits.
    """

    id: int
    agent: str
