"""What backends carry: envelopes to agents, and packets between the processes of a system."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.conditions import Condition
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import ChatResult, Entry, StopReason
from agentcore.protocol.transitions import Exchange

__all__ = [
    "Answer",
    "AskAll",
    "AskAllReply",
    "Begin",
    "Call",
    "CallContext",
    "Cancel",
    "Conversation",
    "Envelope",
    "Outcome",
    "Question",
    "Route",
    "Shown",
    "Stopped",
    "WaitCycleFound",
    "WaitProbe",
    "ask_all_envelope",
    "ask_all_reply",
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


@attrs.frozen
class Begin:
    """An agent is to begin a conversation, as one of its turns.

    Attributes:
        id: becomes the conversation's.
        to: the agent that is to begin it.
        message: its first message; ``None`` lets ``generate_init_message(**context)`` decide.
        exchange: its budget, the first message paid for.
        asker: the place that waits for the result.
    """

    id: str
    to: AgentRef
    recipient: Any
    message: Any
    context: Mapping[str, Any]
    exchange: Exchange
    inherited: CallContext
    asker: str
    fresh: bool = True
    until: Condition | None = None
    wanted: bool = True

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
class Outcome:
    """What came of something that was waited for.

    Attributes:
        value: a `ChatResult`, or what a method returned.
        unused: turns that come back.
        error: what is raised instead of giving the value.
    """

    value: Any
    unused: int = 0
    error: BaseException | None = None

    def get(self) -> Any:
        """Give the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value

    @property
    def transcript(self) -> Sequence[Entry]:
        """The messages of the conversation, if that is what it was."""
        value = self.value
        return value.transcript if isinstance(value, ChatResult) else ()


# --- packets: for a process, not for one of its agents -------------------------------------------


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
