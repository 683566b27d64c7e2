"""Packets: what processes of a system tell each other beside the envelopes of conversations.

`Begin` and `Call` go into an agent's mailbox, as envelopes do. The others are for the process
itself.
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
from agentcore.protocol.transcript import Entry, StopReason

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
        id: becomes the conversation's.
        to: the agent that is to begin it.
        message: its first message; ``None`` lets ``generate_init_message(**context)`` decide.
        exchange: its budget, the first message paid for.
        asker: the place that waits for the result.
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
    """A method of an agent is to be run, as one of its turns."""

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
    """The recipient's side tells the initiator's that their conversation has stopped."""

    id: str
    reason: StopReason
    unused: int
    nested: tuple[Entry, ...] = ()
    error: BaseException | None = None
    undelivered: bool = False


@attrs.frozen
class AskAll:
    """A question to several agents of one process: what would be as many envelopes.

    Attributes:
        id: of the question.
        asker: who asks.
        share: the state of each conversation, its first message paid for.
        parts: which parts of the question it is, and for whom.
    """

    id: str
    asker: AgentRef
    message: Message
    share: Exchange
    inherited: CallContext
    parts: tuple[tuple[int, AgentRef], ...]

    def envelopes(self) -> list[Envelope]:
        """Give them."""
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
        part: which it is.
        message: the answer; ``None`` if there is none.
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
    """What came of a `Begin`, a `Call` or a `Question`."""

    id: str
    outcome: Outcome


@attrs.frozen
class Cancel:
    """Whoever asked for the conversation does not want it any more."""

    id: str


@attrs.frozen
class Shown:
    """A message is to be shown at the console of the process that this goes to."""

    root: tuple[str, int]
    budget: int
    text: str


@attrs.frozen
class Question:
    """A process is to do something that no agent of it is asked for.

    Attributes:
        what: the name of it: ``human`` asks at the console, ``stream`` reads a stream.
    """

    id: str
    what: str
    args: tuple[Any, ...]
    asker: str


@attrs.frozen
class WaitProbe:
    """Does an agent that waits depend on the chain of a message that has reached it?

    Attributes:
        id: of the message.
        asker: the place of the agent that waits.
        agent: its name.
        chain: the agents that wait for the message's turn.
        frontier: agents that it waits for, to be followed further.
        visited: names followed already.
    """

    id: int
    asker: str
    agent: str
    chain: frozenset[str]
    frontier: tuple[AgentRef, ...]
    visited: frozenset[str]


@attrs.frozen
class WaitCycleFound:
    """It does: the message may be taken while the agent waits."""

    id: int
    agent: str
