"""The rules of a conversation, as a state machine: values in, values out.

``step(exchange, event) -> (exchange, effect)``. The state of a conversation travels with its
message, so that no agent keeps any: an `Exchange` is in exactly one place at a time, on its way
or in the turn of the agent that has it. Nothing here knows a thread, a clock or a network. Time
is an event, a crash is an event. An event that is illegal in a state raises `ProtocolError` and
changes nothing, as in h11, whose style this follows.

Why a conversation ends (the fuel argument): let F be the sum of ``budget + 1`` over all messages
on their way, and of ``budget`` over all turns being taken. Taking a message turns ``budget + 1``
into ``budget``: F falls by one. A reply turns the ``budget`` of the turn into that of a message,
which has one less, plus one. `Sent` does the same, and `Returned` gives back no more than was
lent; `Told` and `Split` divide what is left, and `Spent` takes from it. So F never rises, it falls
at every message taken, and it is never negative: whatever the schedule, every conversation is
finite.

One step is free: whoever began a conversation may pass on what was said there to another agent,
which then takes the recipient's place (`Passed`; groups and handoffs are made of it). And a turn
may begin one such conversation for free (``Sent(free=True)``), in which that may be done again, as
deep as conversations may be nested (``max_depth``, here D). To count that too, let a turn of the
budget weigh ``D + 2``; let a message or a turn that is ``depth`` deep, and has begun none for free,
weigh ``D - depth`` more; one of the initiator's 1 more; and one on its way 1 more. Replies, which
cost a turn, lower that by ``D + 2``, which is as much as they may raise it by; passing on turns the
initiator's into the recipient's; and what is begun for free is one deeper.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import attrs

from agentcore.base.errors import BudgetSpentError, ProtocolError
from agentcore.base.fast_frozen import fast_constructor
from agentcore.protocol.transcript import StopKind

__all__ = [
    "ASK",
    "REPLY",
    "RUN_RULES",
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
    "on_passed",
    "on_received",
    "on_replied",
    "step",
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


_quick = fast_constructor(Exchange)

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

# --- transitions -------------------------------------------------------------------------------


def begin(max_turns: int) -> Exchange:
    """Give the exchange of a new conversation, whose first message is one of its turns.

    Args:
        max_turns: how many messages the conversation and all nested in it may have; 1 or more.
    """
    if type(max_turns) is not int:
        raise TypeError(f"max_turns is a whole number, 1 or more, not {max_turns!r}")
    if max_turns < 1:
        raise ValueError(f"max_turns is 1 or more, not {max_turns}")
    return Exchange(max_turns - 1)


def step(exchange: Exchange, event: Event) -> tuple[Exchange, Effect]:
    """Take ``event`` in the state ``exchange``: give the next state, and what is to be done.

    Raises:
        ProtocolError: the event is illegal in this state.
        BudgetSpentError: a conversation was to begin, and no turn is left for it.
    """
    phases, transition = _TRANSITIONS[type(event)]
    if exchange.phase not in phases:
        raise illegal(exchange, event)
    return transition(exchange, event)


def illegal(exchange: Exchange, event: Event) -> ProtocolError:
    """Give the error for an event that is illegal in a state."""
    return ProtocolError(f"{type(event).__name__} is illegal while {exchange.phase.value}")


# The two that every message takes are called as they are too, where speed counts.


def on_received(exchange: Exchange, event: Received) -> tuple[Exchange, Effect]:
    """Take the event that a message reached its agent; see `step`."""
    if exchange.phase is not OPEN:
        raise illegal(exchange, event)
    terminal = event.terminal
    # The order in which reasons are named, where several hold at once: DESIGN 5.
    if not exchange.budget or event.condition:
        kind = terminal or (StopKind.CONDITION if event.condition else StopKind.MAX_TURNS)
        return _stop(exchange, kind)
    if not event.wanted:
        return _stop(exchange, terminal or StopKind.NO_REPLY)
    if terminal is None and event.limit != UNLIMITED and exchange.mine >= event.limit:
        terminal = StopKind.MAX_AUTO_REPLY
    if event.mode is NEVER:
        if terminal is not None:
            return _stop(exchange, terminal)
    elif terminal is not None or event.mode is ALWAYS:
        return attrs.evolve(exchange, phase=ASKING, terminal=terminal), ASK
    return exchange, RUN_RULES


def _answered(exchange: Exchange, event: Answered) -> tuple[Exchange, Effect]:
    if event.text is None or event.text == "exit":
        return _stop(exchange, StopKind.HUMAN_EXIT)
    deciding = attrs.evolve(exchange, phase=OPEN, terminal=None)
    if event.text:
        return on_replied(deciding, Replied(automatic=False))
    # An empty answer stops at a terminal message; at the limit the automatic reply goes on.
    if exchange.terminal not in (None, StopKind.MAX_AUTO_REPLY):
        return _stop(exchange, exchange.terminal)
    return deciding, RUN_RULES


def on_replied(exchange: Exchange, event: Replied) -> tuple[Exchange, Effect]:
    """Take the event that the rules decided; see `step`."""
    if exchange.phase is not OPEN:
        raise illegal(exchange, event)
    if not event.speaks:
        return _stop(
            exchange, event.kind or (StopKind.NO_REPLY if event.final else StopKind.NO_RULE)
        )
    if not exchange.budget:
        return _stop(exchange, StopKind.MAX_TURNS)
    sent = exchange.mine + 1 if event.automatic else 0
    return _quick(exchange.budget - 1, exchange.theirs, sent, OPEN, None), REPLY


def on_passed(exchange: Exchange, event: Passed) -> tuple[Exchange, Effect]:
    """Take the event that the initiator passes on what was said; see `step`."""
    if exchange.phase is not OPEN:
        raise illegal(exchange, event)
    if not exchange.budget:
        return _stop(exchange, StopKind.MAX_TURNS)
    return _quick(exchange.budget, event.mine, exchange.mine, OPEN, None), REPLY


def _sent(exchange: Exchange, event: Sent) -> tuple[Exchange, Effect]:
    _check_left(exchange, 1)
    lent = Exchange(exchange.budget - (not event.free))
    # While it waits, ``budget`` says what was lent: it is the inner conversation's to spend.
    return attrs.evolve(exchange, budget=lent.budget, phase=WAITING), Lend(lent)


def _split(exchange: Exchange, event: Split) -> tuple[Exchange, Effect]:
    _check_left(exchange, event.parts)
    share = exchange.budget // event.parts
    left = attrs.evolve(exchange, budget=exchange.budget - event.parts, phase=WAITING)
    return left, Lend(Exchange(share - 1))


def _spent(exchange: Exchange, event: Spent) -> tuple[Exchange, Effect]:
    _check_left(exchange, event.turns)
    return attrs.evolve(exchange, budget=exchange.budget - event.turns), CONTINUE


def _check_left(exchange: Exchange, turns: int) -> None:
    if exchange.budget < turns:
        left = f"{exchange.budget} turns are" if exchange.budget else "no turn is"
        raise BudgetSpentError(
            f"{left} left in the budget of this conversation (max_turns); nothing was delivered"
        )


def _returned(exchange: Exchange, event: Returned) -> tuple[Exchange, Effect]:
    if not 0 <= event.unused <= exchange.budget:
        raise ProtocolError(f"{event.unused} turns came back of {exchange.budget} that were lent")
    return attrs.evolve(exchange, budget=event.unused, phase=OPEN), CONTINUE


def _told(exchange: Exchange, event: Told) -> tuple[Exchange, Effect]:
    _check_left(exchange, 1)
    half = max(1, exchange.budget // 2)
    return attrs.evolve(exchange, budget=exchange.budget - half), Lend(Exchange(half - 1))


def _ends(kind: StopKind) -> Callable[[Exchange, Event], tuple[Exchange, Effect]]:
    def transition(exchange: Exchange, event: Event) -> tuple[Exchange, Effect]:
        return _stop(exchange, kind)

    return transition


def _stop(exchange: Exchange, kind: StopKind | None) -> tuple[Exchange, Effect]:
    assert kind is not None
    return attrs.evolve(exchange, phase=STOPPED, terminal=kind), Stop(kind)


_GOING_ON = (OPEN, ASKING, WAITING)
_Transition = Callable[[Exchange, Any], tuple[Exchange, Effect]]

_TRANSITIONS: Final[dict[type, tuple[tuple[Phase, ...], _Transition]]] = {
    Received: ((OPEN,), on_received),
    Answered: ((ASKING,), _answered),
    Replied: ((OPEN,), on_replied),
    Passed: ((OPEN,), on_passed),
    Sent: ((OPEN,), _sent),
    Split: ((OPEN,), _split),
    Told: ((OPEN,), _told),
    Spent: ((OPEN,), _spent),
    Returned: ((WAITING,), _returned),
    Expired: (_GOING_ON, _ends(StopKind.DEADLINE)),
    Cancelled: (_GOING_ON, _ends(StopKind.CANCELLED)),
    Failed: (_GOING_ON, _ends(StopKind.FAILED)),
}
