"""The state machine of a conversation, part two: its transitions.

``step(exchange, event) -> (exchange, effect)`` takes values and returns values. The state of a
conversation, an `Exchange`, travels with its message, so no agent keeps any: it is either in an
envelope, or in the turn of the agent that received that. Threads, clocks and networks are not known
here: that time is over is an event, and so is a crash. An event that is illegal in a state raises
`ProtocolError` and changes nothing. The library h11 does the same for HTTP, and this follows it.

Why every conversation ends (the fuel argument): let F be the sum of ``budget + 1`` over all
envelopes under way, and of ``budget`` over all turns being taken.

- Taking a message: its ``budget + 1`` becomes the ``budget`` of a turn. F falls by one.
- `Replied` and `Sent`: the ``budget`` of a turn becomes that of a message, which has one less, and
  plus one. F stays.
- `Returned` gives back no more than was lent, `Told` and `Split` divide what is left, and `Spent`
  takes from it. F does not rise.

So F never rises, falls at every message taken, and is never negative. Whatever the schedule, every
conversation is finite.

Two steps cost no turn. The initiator of a conversation may forward what was said there to another
agent, which becomes the recipient (`Passed`; groups and handoffs are made of it). And a turn may
begin one nested conversation with a forwarded message (``Sent(free=True)``); within that one the
same is allowed, down to the depth ``max_depth``, here D. To count these steps, give F weights:

- each turn of a budget weighs ``D + 2``;
- a message or turn at nesting ``depth`` that has begun no free conversation weighs ``D - depth``
  more;
- one of the initiator's weighs 1 more, and one that is under way 1 more.

A reply costs a turn, which takes ``D + 2`` from F, and its message adds no more than that.
Forwarding makes the initiator's turn a message for the recipient: it loses one weight of 1 and gets
the other. The first message of a free conversation is one deeper, and under way. So none of these
raises F, and it still falls at every message taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from agentcore.base.errors import BudgetSpentError, ProtocolError
from agentcore.protocol.state import (
    ALWAYS,
    ASK,
    ASKING,
    CONTINUE,
    NEVER,
    OPEN,
    REPLY,
    RUN_RULES,
    STOPPED,
    UNLIMITED,
    WAITING,
    Answered,
    Cancelled,
    Effect,
    Event,
    Exchange,
    Expired,
    Failed,
    Lend,
    Passed,
    Phase,
    Received,
    Replied,
    Returned,
    Sent,
    Spent,
    Split,
    Stop,
    Told,
    new_exchange,
)
from agentcore.protocol.stop import StopKind

__all__ = ["illegal", "on_passed", "on_received", "on_replied", "step"]


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


# Every message takes the next two transitions (received and replied), so turns call them directly,
# without the look-up in `step`.


def on_received(exchange: Exchange, event: Received) -> tuple[Exchange, Effect]:
    """Take the event that a message reached its agent; see `step`."""
    if exchange.phase is not OPEN:
        raise illegal(exchange, event)
    terminal = event.terminal
    # Where several reasons to stop hold at once, the first of these is named: TERMINATE,
    # TERMINATION_MESSAGE, CONDITION, MAX_TURNS, MAX_AUTO_REPLY.
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
    # An empty answer to a terminal message stops. At the limit of automatic replies it does not:
    # the human agrees with one more automatic reply.
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
    return new_exchange(exchange.budget - 1, exchange.theirs, sent, OPEN, None), REPLY


def on_passed(exchange: Exchange, event: Passed) -> tuple[Exchange, Effect]:
    """Take the event that the initiator passes on what was said; see `step`."""
    if exchange.phase is not OPEN:
        raise illegal(exchange, event)
    if not exchange.budget:
        return _stop(exchange, StopKind.MAX_TURNS)
    return new_exchange(exchange.budget, event.mine, exchange.mine, OPEN, None), REPLY


def _sent(exchange: Exchange, event: Sent) -> tuple[Exchange, Effect]:
    _check_left(exchange, 1)
    lent = Exchange(exchange.budget - (not event.free))
    # While the turn waits, ``budget`` is what was lent: the nested conversation spends it.
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
