"""The state machine of a conversation, part one: its states, events and effects.

All of them are immutable values. `agentcore.protocol.transitions` has the table of which event is
legal in which state, and what follows from it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import attrs

from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.stop import StopKind

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
    """What a conversation is doing."""

    OPEN = "a message is on its way, or its turn is being taken"
    ASKING = "a human is asked what to answer"
    WAITING = "the turn waits for a conversation that it began, which has its budget"
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
    """The state of a conversation. It is in one place at a time: in an envelope, or in a turn.

    Attributes:
        budget: how many turns the conversation may still cause, nested ones included.
        mine: automatic replies in a row by the agent whose turn it is, or will be next.
        theirs: automatic replies in a row by the other agent.
        phase: what the conversation is doing.
        terminal: while a human is asked, the reason to stop if the human has nothing to say; once
            stopped, the reason why.
    """

    budget: int
    mine: int = 0
    theirs: int = 0
    phase: Phase = OPEN
    terminal: StopKind | None = None


# Each message makes two, so they are made by position and without validators.
new_exchange = fast_constructor(Exchange)

# --- events: what happened -------------------------------------------------------------------


@attrs.frozen
class Received:
    """A message reached its agent, which recorded it.

    Attributes:
        limit: automatic replies in a row that the agent allows itself, -1 for any number.
        mode: when the agent asks a human.
        terminal: why the message itself asks to stop: ``TERMINATE``, ``TERMINATION_MESSAGE``, or
            ``None`` if it does not.
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
    """A human answered.

    Attributes:
        text: what was typed; ``None`` if the console is closed.
    """

    text: str | None


@attrs.frozen
class Replied:
    """The agent decided what to answer.

    Attributes:
        final: whether a rule, a model or the default reply decided; ``False`` if there was none.
        speaks: whether there is a reply to send.
        automatic: ``False`` for words that a human typed.
        kind: without a reply, the reason to stop; ``None`` for the usual one.
    """

    final: bool = True
    speaks: bool = True
    automatic: bool = True
    kind: StopKind | None = None


@attrs.frozen
class Passed:
    """The initiator forwards what was said to another agent, which becomes the recipient.

    It costs no turn; `agentcore.protocol.transitions` says why conversations still end.

    Attributes:
        mine: automatic replies in a row that the new recipient has sent so far.
    """

    mine: int = 0


@attrs.frozen
class Sent:
    """A rule began a nested conversation, and waits for it.

    Attributes:
        free: whether its first message costs no turn, because it forwards a message that was paid
            for already. Only the first nested conversation of a turn may be free.
    """

    free: bool = False


@attrs.frozen
class Split:
    """A rule asked several agents at once, and waits for all of them.

    Attributes:
        parts: how many agents; 1 or more.
    """

    parts: int


@attrs.frozen
class Spent:
    """A turn added messages of its own to the transcript: tool calls, and their results.

    Attributes:
        turns: how many messages; each costs one turn of the budget.
    """

    turns: int


@attrs.frozen
class Returned:
    """The conversation that the turn waits for has stopped.

    Attributes:
        unused: turns that come back.
    """

    unused: int


@attrs.frozen
class Told:
    """A rule began a conversation for which it does not wait."""


@attrs.frozen
class Expired:
    """The time of the conversation ran out."""


@attrs.frozen
class Cancelled:
    """The conversation was cancelled."""


@attrs.frozen
class Failed:
    """A rule raised, or an agent was closed, or its process ended."""


Event = (
    Received | Answered | Replied | Passed | Sent | Split | Returned | Told | Spent
    | Expired | Cancelled | Failed
)  # fmt: skip

# --- effects: what is to be done ---------------------------------------------------------------


class Do(Enum):
    """Effects without further data."""

    RUN_RULES = "call the rules, the first final one wins"
    ASK = "ask the human"
    REPLY = "send the reply, with the exchange returned beside this effect"
    CONTINUE = "go on with the turn"


RUN_RULES, ASK, REPLY, CONTINUE = Do


@attrs.frozen
class Stop:
    """The conversation stops, for the reason ``kind``."""

    kind: StopKind


@attrs.frozen
class Lend:
    """Begin a conversation, or several, each with this state, its first message paid for."""

    exchange: Exchange


Effect = Do | Stop | Lend


def begin(max_turns: int) -> Exchange:
    """Give the state of a new conversation, whose first message is paid for.

    Args:
        max_turns: how many messages the conversation and all nested in it may have; 1 or more.

    Raises:
        TypeError, ValueError: ``max_turns`` is no whole number, or less than 1.

    Examples:
        >>> begin(10).budget
        9
    """
    check_max_turns(max_turns)
    return Exchange(max_turns - 1)


def check_max_turns(max_turns: int) -> None:
    """Raise ``TypeError`` if it is no int, and ``ValueError`` if it is less than 1."""
    if type(max_turns) is not int:
        raise TypeError(f"max_turns is a whole number, 1 or more, not {max_turns!r}")
    if max_turns < 1:
        raise ValueError(f"max_turns is 1 or more, not {max_turns}")
