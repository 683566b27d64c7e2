"""The state of a conversation, the events that it takes and the effects that come of them.

All of them are immutable values. `agentcore.protocol.transitions` says which event is legal in
which state, and what follows from it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.transcript import StopKind

__all__ = [
    "ALWAYS",
    "ASK",
    "ASKING",
    "CONTINUE",
    "NEVER",
    "OPEN",
    "REPLY",
    "RUN_RULES",
    "STOPPED",
    "UNLIMITED",
    "WAITING",
    "Answered",
    "Cancelled",
    "Effect",
    "Event",
    "Exchange",
    "Expired",
    "Failed",
    "HumanMode",
    "Lend",
    "Passed",
    "Phase",
    "Received",
    "Replied",
    "Returned",
    "Sent",
    "Spent",
    "Split",
    "Stop",
    "Told",
    "begin",
    "check_max_turns",
    "new_exchange",
]

UNLIMITED: Final = -1


class Phase(Enum):
    """Where an exchange is."""

    OPEN = "a message is on its way, or its turn is being taken"
    ASKING = "a human is asked what to answer"
    WAITING = "the turn waits for a conversation of its own, which has its budget"
    STOPPED = "the conversation has stopped"


OPEN, ASKING, WAITING, STOPPED = Phase


class HumanMode(Enum):
    """When a human is asked: ``human_input_mode``."""

    ALWAYS = "ALWAYS"
    TERMINATE = "TERMINATE"
    NEVER = "NEVER"


NEVER = HumanMode.NEVER
ALWAYS = HumanMode.ALWAYS


@attrs.frozen
class Exchange:
    """The state of a conversation.

    Attributes:
        budget: turns that it may still cause.
        mine: automatic replies in a row by the agent that has, or gets, the turn.
        theirs: the same of the other agent.
        phase: where it is.
        terminal: while a human is asked, why it would stop without one.
    """

    budget: int
    mine: int = 0
    theirs: int = 0
    phase: Phase = OPEN
    terminal: StopKind | None = None


# Without validators, by position: a message needs two.
new_exchange = fast_constructor(Exchange)

# --- events: what happened -------------------------------------------------------------------


@attrs.frozen
class Received:
    """The message reached its agent, who recorded it.

    Attributes:
        limit: automatic replies in a row that the agent allows itself, -1 for any number.
        mode: when it asks a human.
        terminal: what the message itself says: ``TERMINATE`` or ``TERMINATION_MESSAGE``.
        condition: whether a condition given as ``until=`` holds.
        wanted: whether an answer is wanted at all.
    """

    limit: int
    mode: HumanMode = NEVER
    terminal: StopKind | None = None
    condition: bool = False
    wanted: bool = True


@attrs.frozen
class Answered:
    """The human typed this; ``None`` when there is no console any more."""

    text: str | None


@attrs.frozen
class Replied:
    """The rules decided.

    Attributes:
        final: whether a rule, or the default reply, decided at all.
        speaks: whether there is a reply.
        automatic: ``False`` for a human's words.
        kind: without a reply, a reason to stop of its own.
    """

    final: bool = True
    speaks: bool = True
    automatic: bool = True
    kind: StopKind | None = None


@attrs.frozen
class Passed:
    """The initiator passes on what was said to another agent: see the fuel argument above.

    Attributes:
        mine: automatic replies in a row that that agent has sent so far.
    """

    mine: int = 0


@attrs.frozen
class Sent:
    """A rule began a conversation, and waits for it.

    Attributes:
        free: its first message was paid for already: it is passed on, by a turn that has begun no
            other conversation so.
    """

    free: bool = False


@attrs.frozen
class Split:
    """A rule asked several agents at once, and waits for all of them.

    Attributes:
        parts: how many; 1 or more.
    """

    parts: int


@attrs.frozen
class Spent:
    """A rule did what counts as messages: tool calls, and their results.

    Attributes:
        turns: how many.
    """

    turns: int


@attrs.frozen
class Returned:
    """That conversation stopped, and left this many turns unused."""

    unused: int


@attrs.frozen
class Told:
    """A rule delivered a message for which it does not wait."""


@attrs.frozen
class Expired:
    """The time of the conversation ran out."""


@attrs.frozen
class Cancelled:
    """The conversation was cancelled."""


@attrs.frozen
class Failed:
    """A rule raised, or an agent is gone."""


Event = (
    Received | Answered | Replied | Passed | Sent | Split | Returned | Told | Spent
    | Expired | Cancelled | Failed
)  # fmt: skip

# --- effects: what is to be done ---------------------------------------------------------------


class Do(Enum):
    """Effects that carry nothing."""

    RUN_RULES = "ask the rules, first final one wins"
    ASK = "ask the human"
    REPLY = "send the reply, with the exchange returned beside this effect"
    CONTINUE = "go on with the turn"


RUN_RULES, ASK, REPLY, CONTINUE = Do


@attrs.frozen
class Stop:
    """The conversation stops, for this reason."""

    kind: StopKind


@attrs.frozen
class Lend:
    """Begin a conversation, or each of several, with this: the first message has been paid for."""

    exchange: Exchange


Effect = Do | Stop | Lend


def begin(max_turns: int) -> Exchange:
    """Give the exchange of a new conversation, whose first message is one of its turns.

    Args:
        max_turns: how many messages the conversation and all nested in it may have; 1 or more.
    """
    check_max_turns(max_turns)
    return Exchange(max_turns - 1)


def check_max_turns(max_turns: int) -> None:
    """Raise ``TypeError`` or ``ValueError`` for what is no ``max_turns=``."""
    if type(max_turns) is not int:
        raise TypeError(f"max_turns is a whole number, 1 or more, not {max_turns!r}")
    if max_turns < 1:
        raise ValueError(f"max_turns is 1 or more, not {max_turns}")
